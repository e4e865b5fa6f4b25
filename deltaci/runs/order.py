"""The order that a run's workflow starts with."""

from pathlib import Path

from deltaci.core import Core
from deltaci.store.database import Transaction
from deltaci.store.jobs import repository_of
from deltaci.store.tables import Run
from deltaci.wire.orchestration import RunOrder, RunTimers


async def order_of(tx: Transaction, core: Core, run: Run) -> RunOrder:
    """Describe the run to its workflow, with the timers of now."""
    repository = await repository_of(tx, run.repo_id)
    settings = core.settings
    return RunOrder(
        run_id=run.id,
        repo_id=run.repo_id,
        ref=run.ref,
        commit_sha=run.commit_sha,
        kind=run.kind,
        local_repository=Path(repository.url).is_absolute(),
        timers=RunTimers(
            run_max_runtime_seconds=settings.run_max_runtime_seconds,
            run_queue_timeout_seconds=settings.run_queue_timeout_seconds,
            cancel_deadline_seconds=settings.cancel_deadline_seconds,
            plan_timeout_seconds=settings.plan_timeout_seconds,
            dispatch_heartbeat_timeout_seconds=settings.dispatch_heartbeat_timeout_seconds,
        ),
    )
