"""Write a new run into the caller's transaction; what every way of asking for a run ends in."""

from dataclasses import dataclass
from enum import StrEnum

from deltaci.core import Core
from deltaci.ids import new_run_id
from deltaci.states import RunState
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.tables import Run


class RunKind(StrEnum):
    """How a run came to be."""

    MANUAL = "manual"
    RERUN = "rerun"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class NewRun:
    """Everything about a run that is decided when it is created, and never changes."""

    repo_id: str
    ref: str
    commit_sha: str
    base_sha: str | None
    kind: RunKind
    reason: str
    fork: bool
    actor: str
    workflow_id: str
    base_given: bool = False
    original_run_id: str | None = None
    job_filter: tuple[str, ...] | None = None


async def record_run(tx: Transaction, core: Core, new: NewRun, run_id: str | None = None) -> Run:
    """Insert the run and promise its workflow."""
    now = core.clock()
    is_rerun = new.kind is RunKind.RERUN
    run = Run(
        id=run_id or new_run_id(),
        repo_id=new.repo_id,
        ref=new.ref,
        commit_sha=new.commit_sha,
        base_sha=new.base_sha,
        base_given=new.base_given,
        kind=new.kind,
        reason=new.reason,
        fork=new.fork,
        state=RunState.CREATED,
        state_reason="",
        workflow_id=new.workflow_id,
        original_run_id=new.original_run_id,
        job_filter=list(new.job_filter) if new.job_filter is not None else None,
        created_by=new.actor,
        created_at=now,
        updated_at=now,
    )
    tx.add(run)
    await tx.flush()
    await promise(tx, EffectKind.START_RUN, {"run_id": run.id}, now)
    audit.record(
        tx,
        actor=new.actor,
        action=audit.Action.RUN_RERUN if is_rerun else audit.Action.RUN_CREATED,
        subject_kind="run",
        subject_id=run.id,
        at=now,
        repo_id=new.repo_id,
        ref=new.ref,
        commit_sha=new.commit_sha,
        original_run=new.original_run_id,
    )
    return run
