"""Put a report aside that could not be delivered; it can be sent again."""

from deltaci.core import Core
from deltaci.reports.inert import SENTENCE_MAX, plain
from deltaci.states import RUN, is_terminal
from deltaci.store.reports import note_report, take_turn
from deltaci.store.runs import find_run
from deltaci.wire.orchestration import ReportFailure, ReportStanding
from deltaci.wire.reports import ReportState


async def give_up_report(core: Core, failure: ReportFailure) -> ReportStanding:
    """Mark the report as failed, with the reason; whoever is still sending it stops."""
    said = plain(f"given up: {failure.reason}", SENTENCE_MAX)
    async with core.database.write() as tx:
        now = core.clock()
        turn = await take_turn(tx, failure.run_id, now)
        run = await find_run(tx, failure.run_id)
        if turn is None or run is None:
            return ReportStanding(run_id=failure.run_id, finished=True)
        await note_report(tx, failure.run_id, turn, now, state=ReportState.FAILED, last_error=said)
    return ReportStanding(run_id=run.id, finished=is_terminal(RUN, run.state), error=said)
