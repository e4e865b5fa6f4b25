"""Write new runs into the caller's transaction; what every way of asking for a run ends in."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from deltaci.core import Core
from deltaci.ids import new_run_id
from deltaci.states import RunState
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.deployment_jobs import RUN_KIND
from deltaci.store.outbox import EffectKind, promise_all
from deltaci.store.reports import find_trigger
from deltaci.store.tables import Run, RunReport, RunTrigger
from deltaci.wire.reports import ReportState


class RunKind(StrEnum):
    """How a run came to be."""

    MANUAL = "manual"
    RERUN = "rerun"
    WEBHOOK = "webhook"
    DEPLOYMENT = RUN_KIND
    """One job of a deployment. It says nothing about its commit, and is never rerun."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The forge's event that a run is for; a rerun inherits its original's. See RunTrigger."""

    provider: str
    event_key: str
    event_type: str
    full_name: str
    sender: str
    pr_number: int | None = None
    head_repository: str = ""
    head_ref: str = ""
    target_ref: str | None = None
    target_sha: str | None = None
    before_sha: str | None = None


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
    forge: str | None = None
    """The provider that is to hear how it goes."""
    trigger: Trigger | None = None


async def record_run(tx: Transaction, core: Core, new: NewRun, run_id: str | None = None) -> Run:
    """Insert the run and promise its workflow."""
    (run,) = await record_runs(tx, core, [(run_id or new_run_id(), new)])
    return run


async def record_runs(
    tx: Transaction, core: Core, wanted: Sequence[tuple[str, NewRun]]
) -> Sequence[Run]:
    """Insert several runs under these ids and promise their workflows."""
    now = core.clock()
    runs = [_run(run_id, new, now) for run_id, new in wanted]
    tx.add_all(runs)
    await tx.flush()
    for run_id, new in wanted:
        if new.trigger is not None:
            tx.add(_trigger(run_id, new.trigger))
        if new.forge is not None:
            tx.add(_report(run_id, new.forge, now))
        _audit(tx, run_id, new, now)
    await promise_all(tx, EffectKind.START_RUN, [{"run_id": run.id} for run in runs], now)
    reported = [{"run_id": run.id} for run in runs if run.forge is not None]
    await promise_all(tx, EffectKind.REPORT_RUN, reported, now)
    return runs


async def trigger_of(tx: Transaction, run_id: str) -> Trigger | None:
    """Read the event that a run is for, to be inherited."""
    row = await find_trigger(tx, run_id)
    if row is None:
        return None
    return Trigger(**{field.name: getattr(row, field.name) for field in fields(Trigger)})


def _run(run_id: str, new: NewRun, now: datetime) -> Run:
    return Run(
        id=run_id,
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
        forge=new.forge,
        created_by=new.actor,
        created_at=now,
        updated_at=now,
    )


def _trigger(run_id: str, trigger: Trigger) -> RunTrigger:
    columns = {field.name: getattr(trigger, field.name) for field in fields(Trigger)}
    return RunTrigger(run_id=run_id, **columns)


def _report(run_id: str, provider: str, now: datetime) -> RunReport:
    return RunReport(
        run_id=run_id,
        provider=provider,
        state=ReportState.PENDING,
        reported_state="",
        turn=0,
        last_error="",
        updated_at=now,
    )


def _audit(tx: Transaction, run_id: str, new: NewRun, now: datetime) -> None:
    is_rerun = new.kind is RunKind.RERUN
    audit.record(
        tx,
        actor=new.actor,
        action=audit.Action.RUN_RERUN if is_rerun else audit.Action.RUN_CREATED,
        subject_kind="run",
        subject_id=run_id,
        at=now,
        repo_id=new.repo_id,
        ref=new.ref,
        commit_sha=new.commit_sha,
        original_run=new.original_run_id,
    )
