"""The order that a run's workflow starts with."""

from pathlib import Path

from deltaci.runs.record import RunKind
from deltaci.settings import Settings
from deltaci.store.tables import Repository, Run
from deltaci.wire.orchestration import RunOrder, RunTimers


def order_of(settings: Settings, run: Run, repository: Repository) -> RunOrder:
    """Describe the run to its workflow, with the timers of now."""
    return RunOrder(
        run_id=run.id,
        repo_id=run.repo_id,
        ref=run.ref,
        commit_sha=run.commit_sha,
        kind=run.kind,
        local_repository=Path(repository.url).is_absolute() or run.kind == RunKind.DEPLOYMENT,
        timers=RunTimers(
            run_max_runtime_seconds=settings.run_max_runtime_seconds,
            run_queue_timeout_seconds=settings.run_queue_timeout_seconds,
            cancel_deadline_seconds=settings.cancel_deadline_seconds,
            plan_timeout_seconds=settings.plan_timeout_seconds,
            dispatch_heartbeat_timeout_seconds=settings.dispatch_heartbeat_timeout_seconds,
        ),
    )
