"""Record a batch of events in one transaction, and say what each sender is told."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import IdempotencyConflictError
from deltaci.store.database import Transaction
from deltaci.store.idempotency import Keyed, store_answers, stored_answer, stored_answers
from deltaci.tracking.record_build import record_build
from deltaci.tracking.record_deployment import record_deployment
from deltaci.tracking.report import Accepted, Answer, Report
from deltaci.tracking.surroundings import Surroundings, look_around
from deltaci.wire.tracked_events import BuildEvent

Told = dict[tuple[str, str], tuple[Keyed, Answer]]
"""What a key was told before, or is told in this batch; by scope and key."""


class OvertakenError(Exception):
    """Another process took the same key meanwhile: everything is to be done again."""


async def record_reports(
    tx: Transaction, core: Core, reports: Sequence[Report]
) -> Sequence[Answer]:
    """Record events in the order of their arrival. What is refused is on record, too."""
    told = await _told_before(tx, reports)
    fresh = [report for report in reports if _told(told, report) is None]
    if not fresh:
        return [_known(told, report) for report in reports]
    around = await look_around(tx, core, fresh, core.clock())
    offered: dict[Keyed, Accepted] = {}
    answers: list[Answer] = []
    for report in reports:
        answer = _told(told, report)
        if answer is None:
            answer = await _record(around, report)
            if report.keyed is not None and isinstance(answer, Accepted):
                offered[report.keyed] = answer
                replay = Accepted(answer.record, replayed=True)
                told[report.keyed.scope, report.keyed.key] = report.keyed, replay
        answers.append(answer)
    await around.write()
    await _claim(around, offered)
    return answers


async def _told_before(tx: Transaction, reports: Sequence[Report]) -> Told:
    keyed = list(dict.fromkeys(report.keyed for report in reports if report.keyed is not None))
    try:
        found = await stored_answers(tx, keyed)
    except IdempotencyConflictError:
        return await _told_one_by_one(tx, keyed)
    return {(k.scope, k.key): (k, Accepted(found[k], replayed=True)) for k in found}


async def _told_one_by_one(tx: Transaction, keyed: Sequence[Keyed]) -> Told:
    """A key of another event is a conflict for that one only."""
    told: Told = {}
    for each in keyed:
        try:
            answer = await stored_answer(tx, each)
        except IdempotencyConflictError as error:
            told[each.scope, each.key] = each, error
        else:
            if answer is not None:
                told[each.scope, each.key] = each, Accepted(answer, replayed=True)
    return told


def _told(told: Told, report: Report) -> Answer | None:
    keyed = report.keyed
    if keyed is None or (keyed.scope, keyed.key) not in told:
        return None
    first, answer = told[keyed.scope, keyed.key]
    return answer if first == keyed else IdempotencyConflictError()


def _known(told: Told, report: Report) -> Answer:
    answer = _told(told, report)
    assert answer is not None  # noqa: S101 - the caller made sure
    return answer


async def _record(around: Surroundings, report: Report) -> Answer:
    event = report.event
    if isinstance(event, BuildEvent):
        return await record_build(around, event, report.caller)
    return await record_deployment(around, event, report.caller)


async def _claim(around: Surroundings, offered: dict[Keyed, Accepted]) -> None:
    """Take the keys, in one order everywhere, so that two processes never wait in a ring."""
    ordered = sorted(offered, key=lambda keyed: (keyed.scope, keyed.key))
    answers = {keyed: offered[keyed].record for keyed in ordered}
    if not answers:
        return
    try:
        told = await store_answers(around.tx, answers, around.now)
    except IdempotencyConflictError as error:
        raise OvertakenError from error
    if told != answers:
        raise OvertakenError
