"""Payloads between the gateway, workflows and activities.

They are stored in Temporal's histories: small, without secrets, and every field added later has a
default, so that old histories still replay.
"""

from pydantic import BaseModel, ConfigDict

from deltaci.states import JobState, RunState


class Payload(BaseModel):
    """Base of all payloads: unknown fields of newer writers are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RunTimers(Payload):
    """The settings that a run's waits follow, fixed when it starts so that replays agree."""

    run_max_runtime_seconds: int
    run_queue_timeout_seconds: int
    cancel_deadline_seconds: int
    plan_timeout_seconds: int
    dispatch_heartbeat_timeout_seconds: int


class RunOrder(Payload):
    """The input of a run's workflow."""

    run_id: str
    repo_id: str
    ref: str
    commit_sha: str
    kind: str
    local_repository: bool
    """Planning needs no network, so it may run inside the workflow task."""
    timers: RunTimers


class JobTicket(Payload):
    """What the workflow knows of a job: enough to order it, not what it runs."""

    job_id: str
    name: str
    required: bool
    needs: tuple[str, ...] = ()
    attempt_id: str
    attempt_number: int
    labels: str = ""
    state: JobState = JobState.CREATED


class PlannedRun(Payload):
    """The plan as the workflow follows it; `state` tells a run that is over before it began."""

    state: RunState
    jobs: tuple[JobTicket, ...] = ()
    explain: str = ""
    max_runtime_seconds: int | None = None
    max_concurrency: int | None = None


class AttemptRef(Payload):
    """One attempt, by id."""

    attempt_id: str


class JobOutcome(Payload):
    """How an attempt ended; the result of `dispatch_job`."""

    attempt_id: str
    state: JobState


class Settlement(Payload):
    """What follows a failed attempt: the job's end, or its next attempt after a wait."""

    state: JobState
    attempt_id: str = ""
    attempt_number: int = 0
    backoff_seconds: int = 0


class StopJobs(Payload):
    """Stop these jobs of a run, or all that are not finished."""

    run_id: str
    reason: str
    """A `CancelReason` of the runner protocol."""
    explanation: str
    names: tuple[str, ...] | None = None


class RunRef(Payload):
    """One run, by id."""

    run_id: str


class RunEnding(Payload):
    """How the workflow asks for a run to be settled: `wanted` unless the rows say otherwise."""

    run_id: str
    wanted: RunState
    reason: str = ""


class RunOutcome(Payload):
    """The result of a run's workflow."""

    run_id: str
    state: RunState


class ReportOrder(Payload):
    """The input of a report's workflow; its timers are fixed when it starts."""

    run_id: str
    ended: bool
    """Whether the run had ended by then: there is no more news to wait for."""
    debounce_seconds: float
    give_up_seconds: int
    heartbeat_timeout_seconds: int


class ReportStanding(Payload):
    """How far a run's report has come."""

    run_id: str
    finished: bool
    """Whether the run has ended and its forge knows the outcome, or never will."""
    run_state: str = ""
    """What the forge was told last."""
    error: str = ""


class ReportFailure(Payload):
    """A report that could not be delivered in time, and why."""

    run_id: str
    reason: str


class CommandRef(Payload):
    """One kept comment that may be a command, by the id of its delivery."""

    delivery_id: str
    heartbeat_timeout_seconds: int


class VerificationOrder(Payload):
    """An artifact to be read whole, and what it has to be; None where that was not said."""

    artifact_ref: str
    sha256: str | None = None
    size_bytes: int | None = None
    content_type: str | None = None


class ArtifactFacts(Payload):
    """An artifact as it was found; it is what its order says."""

    sha256: str
    size_bytes: int
    content_type: str
    signature: dict[str, str] | None = None
    """What is signed about it (`wire.provenance.ProvenSignature`); None when nobody looked."""


class DeliveryOrder(Payload):
    """The input of a notification's workflow; its waits are fixed when it starts."""

    notification_id: str
    give_up_seconds: int
    try_seconds: int


class NotificationRef(Payload):
    """One notification, by id."""

    notification_id: str


class DeliveryFailure(Payload):
    """A notification that could not be told in time, and why."""

    notification_id: str
    reason: str


class DeliveryStanding(Payload):
    """How a notification ended; empty when there is none."""

    notification_id: str
    state: str = ""
