"""Every timeout and retry of the workflows, named, each with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy

STEP_TIMEOUT = timedelta(seconds=30)
"""A short step is one or two transactions; longer means that the database hangs."""

STEP_NEAR_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)
"""Inside the workflow task only a hiccup is worth waiting for."""

STEP_FAR_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)
"""As an activity of its own a step waits out any outage: facts must be stored eventually."""

PLAN_NEAR_TIMEOUT = timedelta(seconds=5)
"""A small local repository plans in milliseconds; a slower one goes on as an activity."""

PLAN_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=20,
)
"""Fetching may meet an outage; after about eight minutes people should hear of it."""

DISPATCH_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)
)
"""A job is offered again for as long as its run lives; the run's own timeout bounds it."""

DISPATCH_SLACK = timedelta(hours=1)
"""How much longer than its run's limit a waiting job may exist; only a backstop."""

EXPLAIN_TIMEOUT = timedelta(seconds=30)
EXPLAIN_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
"""An explanation is advisory: a run ends without it rather than wait."""

SLOT_RECHECK = timedelta(seconds=60)
SLOT_RECHECK_MAX = timedelta(minutes=10)
"""When a waiting run asks for a slot by itself, should the signal be lost: after one minute, then
after twice the time before, so that a day of waiting leaves a short history."""

WIND_DOWN_SLACK = timedelta(seconds=5)
"""After the cancel deadline, for the sweeper's tick and the news of it."""

REPORT_TIMEOUT = timedelta(minutes=30)
"""The largest run has some 600 checks; a forge that answers slowly may need seconds for each."""

REPORT_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=5),
)
"""A forge may be away for hours; `report_give_up_hours` bounds the patience, and what the forge
itself asks us to wait counts before this."""

REPORT_RECHECK = timedelta(minutes=5)
"""A report looks by itself at how its run stands, should a signal be lost."""

COMMAND_TIMEOUT = timedelta(minutes=10)
"""Asking who may, planning for `/ci why`, and answering: fetching a repository takes longest."""

COMMAND_GIVE_UP = timedelta(hours=1)
"""What a person asked for an hour ago should not happen all of a sudden."""

COMMAND_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1)
)

VERIFY_TIMEOUT = timedelta(hours=1)
"""Reading at 60 kB/s what `artifact_registration_max_bytes` allows; slower is no store."""

VERIFY_SILENCE = timedelta(seconds=30)
"""There is a sign of life after each megabyte; then another worker begins anew."""

VERIFY_GIVE_UP = timedelta(hours=2)
"""Whoever wants to register a build has asked many times until then, and may ask again."""

VERIFY_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)
"""Stores are away for minutes at most, and somebody waits."""
DELIVERY_SLACK = timedelta(seconds=30)
"""A try of a receiver is bounded by its own setting; this much more for our transactions."""

DELIVERY_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=10),
)
"""A receiver that hiccups hears within seconds, one that is away for hours is not hammered;
`notifications.give_up_hours` bounds it, and a receiver that asks for a wait gets that instead."""

TURN_RECHECK = timedelta(seconds=10)
TURN_RECHECK_MAX = timedelta(minutes=10)
"""When a notification looks by itself whether what comes before it has ended, should the signal be
lost: after ten seconds, then after twice the time before."""


def delivery_queue(task_queue: str) -> str:
    """Where activities wait that call receivers: apart, so that a slow one holds up no job."""
    return f"{task_queue}-deliveries"


def forge_queue(task_queue: str) -> str:
    """Where activities wait that call forges: apart, so that a slow forge holds up nobody else."""
    return f"{task_queue}-forges"
