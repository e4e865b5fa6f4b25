"""Tell a run's forge how the run stands now. It only mirrors: nothing here changes a run."""

from collections.abc import Callable, Iterator

from deltaci.core import Core
from deltaci.reports.compose import compose_checks, compose_comment
from deltaci.reports.inert import SENTENCE_MAX, plain
from deltaci.reports.pieces import Piece, check_piece, comment_piece
from deltaci.reports.sender import Sender, TurnOverError
from deltaci.reports.story import Story, read_story
from deltaci.repositories.place import place_of
from deltaci.states import RUN, is_terminal
from deltaci.store.forges import find_link
from deltaci.store.reports import note_report, published_of, take_turn
from deltaci.store.tables import ForgeLink
from deltaci.vcs.port import (
    ForgeApi,
    ForgeRefusedError,
    Forges,
    ForgeUnavailableError,
    Place,
    Provider,
)
from deltaci.wire.orchestration import ReportStanding
from deltaci.wire.reports import ReportState


class NobodyListensError(Exception):
    """There is no forge to report to any more; the message says what is missing."""


async def report_run(
    core: Core, forges: Forges, run_id: str, beat: Callable[[], None]
) -> ReportStanding:
    """Show the run, its jobs and its comment as the rows are, whatever has changed.

    `beat` is called before each call to the forge. Repeating it, also at once or after a crash,
    shows nothing twice. Raises ForgeUnavailableError when it must be tried again.
    """
    async with core.database.write() as tx:
        turn = await take_turn(tx, run_id, core.clock())
    if turn is None:
        return ReportStanding(run_id=run_id, finished=True)
    async with core.database.read() as tx:
        story = await read_story(tx, core, run_id)
        link = await find_link(tx, story.run.repo_id)
        known = await published_of(tx, run_id)
    event_type = story.trigger.event_type if story.trigger is not None else None
    sender = Sender(core, story.run, event_type, turn, known, beat)
    try:
        api, place = _listener(core, forges, story, link)
        for piece in _pieces(core, story, api, place):
            await sender.send(piece)
    except NobodyListensError as error:
        return await _conclude(core, story, turn, ReportState.FAILED, str(error))
    except TurnOverError:
        return ReportStanding(run_id=run_id, finished=False, run_state=story.run.state)
    except ForgeUnavailableError as error:
        await _note_trouble(core, run_id, turn, error)
        raise
    return await _conclude(core, story, turn, *_outcome(story, sender))


def _listener(
    core: Core, forges: Forges, story: Story, link: ForgeLink | None
) -> tuple[ForgeApi, Place]:
    provider = story.run.forge
    if link is None or link.provider != provider:
        raise NobodyListensError(f"{story.run.repo_id} is not linked to {provider} any more")
    forge = forges.get(Provider(provider))
    if forge is None or not forge.url:
        raise NobodyListensError(f"{provider} is not configured any more")
    try:
        return forge.api, place_of(core, link)
    except ForgeRefusedError as error:
        raise NobodyListensError(error.message) from error


def _pieces(core: Core, story: Story, api: ForgeApi, place: Place) -> Iterator[Piece]:
    """The comment comes last: what it sums up is to be seen before it."""
    for shown in compose_checks(story, core.settings):
        yield check_piece(api, place, shown)
    comment = compose_comment(story, core.settings)
    if comment is not None:
        yield comment_piece(api, place, comment)


def _outcome(story: Story, sender: Sender) -> tuple[ReportState, str]:
    """Return how the report stands once everything was sent, and what people should know."""
    ended = is_terminal(RUN, story.run.state)
    if sender.refusals:
        more = f" (and {len(sender.refusals) - 1} more)" if len(sender.refusals) > 1 else ""
        return (ReportState.FAILED if ended else ReportState.PENDING), sender.refusals[0] + more
    newer = sender.spoken_for_by
    said = f"left to the newer run {newer} of the commit" if newer is not None else ""
    return (ReportState.DELIVERED if ended else ReportState.PENDING), said


async def _conclude(
    core: Core, story: Story, turn: int, state: ReportState, said: str
) -> ReportStanding:
    run, now = story.run, core.clock()
    columns = {"reported_at": now} if state is ReportState.DELIVERED else {}
    said = plain(said, SENTENCE_MAX)
    async with core.database.write() as tx:
        in_turn = await note_report(
            tx, run.id, turn, now, state=state, reported_state=run.state, last_error=said, **columns
        )
    finished = in_turn and is_terminal(RUN, run.state)
    return ReportStanding(run_id=run.id, finished=finished, run_state=run.state, error=said)


async def _note_trouble(core: Core, run_id: str, turn: int, error: ForgeUnavailableError) -> None:
    """Let people see why a report takes long."""
    async with core.database.write() as tx:
        said = plain(error.message, SENTENCE_MAX)
        await note_report(tx, run_id, turn, core.clock(), last_error=said)
