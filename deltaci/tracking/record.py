"""Record a batch of events in one transaction, and say what each sender is told."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import DeltaError, IdempotencyConflictError
from deltaci.store.database import Transaction
from deltaci.store.idempotency import store_answer, stored_answer
from deltaci.tracking.record_build import record_build
from deltaci.tracking.record_deployment import record_deployment
from deltaci.tracking.report import Accepted, Answer, Report
from deltaci.tracking.surroundings import Surroundings, look_around
from deltaci.wire.tracked_events import BuildEvent


async def record_reports(
    tx: Transaction, core: Core, reports: Sequence[Report]
) -> Sequence[Answer]:
    """Record events in the order of their arrival. What is refused is on record, too."""
    earlier = {index: await _earlier(tx, report) for index, report in enumerate(reports)}
    fresh = [report for index, report in enumerate(reports) if earlier[index] is None]
    around = await look_around(tx, core, fresh, core.clock()) if fresh else None
    answers: list[Answer] = []
    for index, report in enumerate(reports):
        told = earlier[index]
        if told is None:
            assert around is not None  # noqa: S101 - this one is fresh
            told = await _record(around, report)
        answers.append(told)
    return answers


async def _earlier(tx: Transaction, report: Report) -> Answer | None:
    """Return what an equal event with the same key was told, if there was one."""
    if report.keyed is None:
        return None
    try:
        answer = await stored_answer(tx, report.keyed)
    except IdempotencyConflictError as error:
        return error
    return Accepted(answer, replayed=True) if answer is not None else None


async def _record(around: Surroundings, report: Report) -> Answer:
    keyed = report.keyed
    if keyed is not None and (told := await _earlier(around.tx, report)) is not None:
        return told  # two in one batch
    event = report.event
    answer = (
        await record_build(around, event, report.caller)
        if isinstance(event, BuildEvent)
        else await record_deployment(around, event, report.caller)
    )
    if isinstance(answer, DeltaError) or keyed is None:
        return answer
    if not await store_answer(around.tx, keyed, answer.record, around.now):
        raise OvertakenError
    return answer


class OvertakenError(Exception):
    """Another process took the same key meanwhile: everything is to be done again."""
