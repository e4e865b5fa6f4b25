"""Grant a runner the oldest job that it can run."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.ids import new_lease_id
from deltaci.jobs.checkout import checkout_of
from deltaci.jobs.secrets import secrets_of
from deltaci.planner.model import JobSpec
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.database import Transaction
from deltaci.store.jobs import Work
from deltaci.store.leases import count_live_leases, hash_lease_id
from deltaci.store.queue import first_queued_of, head_of_queue, queued_label_keys
from deltaci.store.tables import Lease
from deltaci.store.transitions import Moment, move_attempt, move_job, move_run
from deltaci.wire.runner import LeaseGranted

HEAD = 100
"""How much of the queue's head is looked at; nearly always the first place will do."""
LOOKS_MAX = 5

_spec = TypeAdapter(JobSpec)


class HoldsEnoughError(InvalidStateError):
    """The runner holds as many jobs as it may."""


@dataclass(frozen=True, slots=True)
class Seeker:
    """A runner that asks for a job of one of these repositories, or of any."""

    runner_id: str
    capabilities: frozenset[str]
    repos: frozenset[str] | None = None


async def grant_lease(core: Core, seeker: Seeker) -> LeaseGranted | None:
    """Lease the oldest queued job whose labels the runner has; None when there is none.

    Two runners asking at once never get the same job: each holds the job's run while it looks for
    the run's oldest job, so the loser finds the next one. When others took everything that was
    seen, it looks again. Raises HoldsEnoughError when there is a job, but not for this runner.
    """
    for _look in range(LOOKS_MAX):
        runs, keys = await _runs_with_work(core, seeker)
        for run_id in runs:
            async with core.database.write() as tx:
                work = await first_queued_of(tx, run_id, keys)
                if work is not None:
                    await _require_free_hands(tx, core, seeker)
                    return await _grant(tx, core, seeker, work)
        if not runs:
            break
    return None


async def _require_free_hands(tx: Transaction, core: Core, seeker: Seeker) -> None:
    if await count_live_leases(tx, seeker.runner_id) >= core.settings.runner_max_leases:
        raise HoldsEnoughError


async def _runs_with_work(core: Core, seeker: Seeker) -> tuple[list[str], list[str]]:
    """Return the runs that have work for this runner, oldest first, and for which labels."""
    async with core.database.read() as tx:
        head = await head_of_queue(tx, HEAD, repos=seeker.repos)
        keys = runnable_keys({place.labels_key for place in head}, seeker.capabilities)
        if not keys and len(head) == HEAD:  # others' jobs fill the head of the queue
            keys = runnable_keys(await queued_label_keys(tx), seeker.capabilities)
            head = await head_of_queue(tx, HEAD, keys, repos=seeker.repos) if keys else []
    return list(dict.fromkeys(p.run_id for p in head if p.labels_key in keys)), keys


def runnable_keys(keys: Collection[str], capabilities: Collection[str]) -> list[str]:
    """Return those sets of wanted labels that the capabilities cover."""
    return [
        key for key in keys if {label for label in key.split(",") if label} <= set(capabilities)
    ]


async def _grant(tx: Transaction, core: Core, seeker: Seeker, work: Work) -> LeaseGranted:
    now, settings = core.clock(), core.settings
    moment = Moment(f"runner:{seeker.runner_id}", now)
    lease_id = new_lease_id()
    fence = work.attempt.fence + 1
    tx.add(
        Lease(
            id_hash=hash_lease_id(lease_id),
            attempt_id=work.attempt.id,
            runner_id=seeker.runner_id,
            state=LeaseState.GRANTED,
            fence=fence,
            granted_at=now,
            updated_at=now,
            expires_at=now + timedelta(seconds=settings.ack_timeout_seconds),
        )
    )
    await move_attempt(
        tx, work.attempt, JobState.LEASED, moment, fence=fence, runner_id=seeker.runner_id
    )
    await move_job(tx, work.job, JobState.LEASED, moment)
    if work.run.state is RunState.QUEUED:
        await move_run(tx, work.run, RunState.RUNNING, moment, started_at=now)
    return LeaseGranted(
        run_id=work.run.id,
        job_id=work.job.id,
        lease_id=lease_id,
        lease_ttl_seconds=settings.lease_ttl_seconds,
        heartbeat_interval_seconds=settings.heartbeat_interval_seconds,
        max_runtime_seconds=runtime_limit(core, work),
        job_spec=_spec.validate_python(work.job.spec),
        attempt_number=work.attempt.attempt_number,
        checkout=await checkout_of(tx, core, work.run),
        secrets=dict(await secrets_of(tx, core, work.run)),
    )


def runtime_limit(core: Core, work: Work) -> int:
    """How long the job may run, in seconds: its own limit, or the server's default."""
    limit: int | None = work.job.policy.get("timeout_seconds")
    return limit or core.settings.job_timeout_seconds
