"""Find unfinished runs that no workflow looks after, and put them right.

A run is left alone when somebody terminates its workflow in Temporal's UI (no clean-up runs then)
or when Temporal loses its database. The first is an operator's wish to end it; in the second case
the workflow is started again and goes on from the rows.
"""

from datetime import timedelta

import structlog

from deltaci.core import Core
from deltaci.effects.ports import Orchestrator, Standing
from deltaci.errors import InvalidStateError
from deltaci.runs.cancel import cancel_run
from deltaci.runs.plan import fail_planning
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.runs import note_asked_after, unsettled_since
from deltaci.store.tables import Run
from deltaci.wire.orchestration import RunEnding

BATCH = 50
ACTOR = "reconciler"

log = structlog.get_logger(__name__)


async def reconcile_runs(core: Core, orchestrator: Orchestrator) -> int:
    """Look after one batch of unfinished runs that nothing touched for `reconcile_quiet_seconds`.

    Returns how many had lost their workflow.
    """
    patience = timedelta(seconds=core.settings.reconcile_quiet_seconds)
    async with core.database.read() as tx:
        quiet = await unsettled_since(tx, core.clock() - patience, BATCH)
    return sum([await _look_after(core, orchestrator, run) for run in quiet])


async def _look_after(core: Core, orchestrator: Orchestrator, run: Run) -> bool:
    """Put one run right if it needs that; one that cannot be now delays none of the others."""
    try:
        standing = await orchestrator.standing(run.workflow_id)
        if standing in _ENDINGS:
            await _end(core, run, standing)
        elif standing is Standing.UNKNOWN:
            await _start_again(core, run)
        async with core.database.write() as tx:
            await note_asked_after(tx, run.id, core.clock())
    except Exception:
        log.exception("run_not_reconciled", run_id=run.id)
        return False
    return standing is not Standing.OPEN


_ENDINGS = {
    Standing.STOPPED: "its workflow was stopped in Temporal",
    Standing.FAILED: "its workflow failed; see Temporal",
}


async def _end(core: Core, run: Run, standing: Standing) -> None:
    """An operator who stops a workflow wants the run cancelled; a workflow that broke fails it."""
    why = _ENDINGS[standing]
    if standing is Standing.STOPPED:
        try:
            await cancel_run(core, ACTOR, run.id)
        except InvalidStateError:
            return  # it ended meanwhile
    else:
        await fail_planning(core, run.id, why)  # where it broke before there was a plan
    await settle_run(core, RunEnding(run_id=run.id, wanted=RunState.FAILED, reason=why))


async def _start_again(core: Core, run: Run) -> None:
    async with core.database.write() as tx:
        await promise(tx, EffectKind.START_RUN, {"run_id": run.id}, core.clock())
