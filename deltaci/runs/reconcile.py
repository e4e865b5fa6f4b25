"""Find unfinished runs that no workflow looks after, and put them right.

A run is left alone when somebody terminates its workflow in Temporal's UI (no clean-up runs then)
or when Temporal loses its database. The first is an operator's wish to end it; in the second case
the workflow is started again and goes on from the rows.
"""

from datetime import timedelta

from deltaci.core import Core
from deltaci.effects.ports import Orchestrator, Standing
from deltaci.errors import InvalidStateError
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.runs import touch_run, unsettled_since
from deltaci.store.tables import Run
from deltaci.wire.orchestration import RunEnding

BATCH = 50
ACTOR = "reconciler"


async def reconcile_runs(core: Core, orchestrator: Orchestrator) -> int:
    """Look after one batch of unfinished runs that nothing touched for `reconcile_quiet_seconds`.

    Returns how many had lost their workflow.
    """
    patience = timedelta(seconds=core.settings.reconcile_quiet_seconds)
    async with core.database.read() as tx:
        quiet = await unsettled_since(tx, core.clock() - patience, BATCH)
    lost = 0
    for run in quiet:
        standing = await orchestrator.standing(run.workflow_id)
        if standing is Standing.CLOSED:
            await _end(core, run)
        elif standing is Standing.UNKNOWN:
            await _start_again(core, run)
        else:
            async with core.database.write() as tx:
                await touch_run(tx, run.id, core.clock())
        lost += standing is not Standing.OPEN
    return lost


async def _end(core: Core, run: Run) -> None:
    try:
        await cancel_run(core, ACTOR, run.id)
    except InvalidStateError:
        return  # it ended meanwhile
    await settle_run(core, RunEnding(run_id=run.id, wanted=RunState.CANCELED))


async def _start_again(core: Core, run: Run) -> None:
    async with core.database.write() as tx:
        await promise(tx, EffectKind.START_RUN, {"run_id": run.id}, core.clock())
        await touch_run(tx, run.id, core.clock())
