"""A newer run of the same ref takes the place of older ones, where the repository wants that."""

from deltaci.core import Core
from deltaci.runs.cancel import request_cancel
from deltaci.runs.record import RunKind
from deltaci.states import RUN, RunState, is_terminal
from deltaci.store.runs import hold_run, supersede, unfinished_before
from deltaci.store.tables import Run
from deltaci.wire.runner import CancelReason


async def supersede_older(core: Core, run: Run) -> None:
    """Cancel the older unfinished runs of this run's ref, each recording its successor.

    A rerun looks at an old commit again, so it takes nobody's place.
    """
    if run.kind == RunKind.RERUN:
        return
    async with core.database.read() as tx:
        older = await unfinished_before(tx, run)
    for candidate in older:
        async with core.database.write() as tx:
            found = await hold_run(tx, candidate.id)
            if found is None or is_terminal(RUN, found.state):
                continue
            if found.state is RunState.CANCEL_REQUESTED:
                continue
            await supersede(tx, found.id, run.id)
            await request_cancel(
                tx, core, found, run.created_by, CancelReason.SUPERSEDED, f"superseded by {run.id}"
            )
