"""Ask for a run to end."""

from datetime import timedelta

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.jobs.cancel import cancel_jobs
from deltaci.states import RUN, RunState, is_terminal
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.jobs import open_jobs_of
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.runs import hold_run
from deltaci.store.tables import Run
from deltaci.store.transitions import Moment, move_run
from deltaci.wire.runner import CancelReason
from deltaci.wire.runs import RunAccepted


async def cancel_run(core: Core, actor: str, run_id: str) -> RunAccepted:
    """Cancel a run from any unfinished state; doing so again changes nothing.

    Jobs that no runner holds end at once; runners are asked to stop and have
    `cancel_deadline_seconds` for it. Raises NotFoundError, and InvalidStateError once the run has
    ended in another way.
    """
    async with core.database.write() as tx:
        run = await hold_run(tx, run_id)
        if run is None:
            raise NotFoundError(f"no run {run_id!r}")
        if run.state in {RunState.CANCEL_REQUESTED, RunState.CANCELED}:
            return RunAccepted(run_id=run_id, state=run.state)
        if is_terminal(RUN, run.state):
            raise InvalidStateError("Cannot cancel a completed run", state=run.state)
        await request_cancel(
            tx, core, run, actor, CancelReason.RUN_CANCELED, f"cancelled by {actor}"
        )
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.RUN_CANCEL_REQUESTED,
            subject_kind="run",
            subject_id=run_id,
            at=core.clock(),
        )
    return RunAccepted(run_id=run_id, state=RunState.CANCEL_REQUESTED)


async def request_cancel(
    tx: Transaction, core: Core, run: Run, actor: str, reason: CancelReason, explanation: str
) -> None:
    """Cancel an unfinished run that the caller's transaction holds, and tell its workflow."""
    now = core.clock()
    moment = Moment(actor, now, explanation)
    await move_run(tx, run, RunState.CANCEL_REQUESTED, moment)
    deadline = now + timedelta(seconds=core.settings.cancel_deadline_seconds)
    await cancel_jobs(tx, await open_jobs_of(tx, run.id), reason, moment, deadline)
    await promise(
        tx, EffectKind.SIGNAL_RUN, {"workflow_id": run.workflow_id, "signal": "cancel"}, now
    )
