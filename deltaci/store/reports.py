"""Reading and writing what forges were told about runs."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, and_, case, func, or_, select, update

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import PublishedCheck, Run, RunReport, RunTrigger
from deltaci.store.tables.base import table_of
from deltaci.wire.reports import ReportState

PROMISED = "promised_reports"
SENDING = "sending"
"""Stands for a fingerprint while a call is under way."""


async def promise_report(tx: Transaction, run: Run, now: datetime) -> None:
    """Have the run's forge told of a change, once per transaction; free for runs without one."""
    promised: set[str] = tx.info.setdefault(PROMISED, set())
    if run.forge is None or run.id in promised:
        return
    promised.add(run.id)
    await promise(tx, EffectKind.REPORT_RUN, {"run_id": run.id}, now)


async def find_trigger(tx: Transaction, run_id: str) -> RunTrigger | None:
    """Read the forge's event that a run is for."""
    return await tx.get(RunTrigger, run_id)


async def find_report(tx: Transaction, run_id: str) -> RunReport | None:
    """Read how far a run's report has come."""
    return await tx.get(RunReport, run_id, populate_existing=True)


async def list_reports(
    tx: Transaction, state: ReportState | None, *, limit: int, cursor: str = ""
) -> tuple[Sequence[RunReport], str | None]:
    """Return one page, newest runs first, and the cursor of the next page if there is one."""
    statement = select(RunReport).order_by(RunReport.run_id.desc()).limit(limit + 1)
    if state:
        statement = statement.where(RunReport.state == state)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        statement = statement.where(RunReport.run_id < last_id)
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].run_id) if len(rows) > limit else None


async def take_turn(tx: Transaction, run_id: str, now: datetime) -> int | None:
    """Begin to report a run: earlier senders' turns are over. None when it is not reported."""
    table = table_of(RunReport)
    statement = (
        update(table)
        .where(table.c.run_id == run_id)
        .values(turn=table.c.turn + 1, state=ReportState.PENDING, updated_at=now)
        .returning(table.c.turn)
    )
    turn: int | None = (await tx.execute(statement)).scalar()
    return turn


async def reopen_report(tx: Transaction, run_id: str, now: datetime) -> None:
    """Take back that a report was delivered, or failed."""
    table = table_of(RunReport)
    await tx.execute(
        update(table)
        .where(table.c.run_id == run_id)
        .values(state=ReportState.PENDING, last_error="", updated_at=now)
    )


async def note_report(
    tx: Transaction, run_id: str, turn: int, now: datetime, **columns: object
) -> bool:
    """Write how the report stands, unless somebody else's turn has begun."""
    table = table_of(RunReport)
    result = await tx.execute(
        update(table)
        .where(table.c.run_id == run_id, table.c.turn == turn)
        .values(updated_at=now, **columns)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    return bool(result.rowcount)


async def published_of(tx: Transaction, run_id: str) -> dict[str, PublishedCheck]:
    """Read what the forge shows of a run, by key."""
    statement = (
        select(PublishedCheck)
        .where(PublishedCheck.run_id == run_id)
        .execution_options(populate_existing=True)
    )
    return {row.key: row for row in await tx.scalars(statement)}


async def begin_publishing(
    tx: Transaction, run_id: str, key: str, rank: int, now: datetime
) -> None:
    """Note that something is about to be shown: until the next note nobody knows whether it was."""
    fresh = await insert_absent(
        tx,
        PublishedCheck,
        run_id=run_id,
        key=key,
        external_id=None,
        rank=rank,
        fingerprint=SENDING,
        last_error="",
        updated_at=now,
    )
    if not fresh:
        await _update(tx, run_id, key, rank=rank, fingerprint=SENDING, updated_at=now)


async def note_published(
    tx: Transaction, run_id: str, key: str, fingerprint: str, now: datetime, **columns: object
) -> None:
    """Write what the forge shows now, or why it would not.

    What was forgotten during the call stays forgotten, so that it is shown again.
    """
    column = table_of(PublishedCheck).c.fingerprint
    kept = case((column == SENDING, fingerprint), else_="")
    await _update(tx, run_id, key, fingerprint=kept, updated_at=now, **columns)


async def note_overtaken(
    tx: Transaction, run_id: str, key: str, external_id: str, now: datetime
) -> None:
    """Note that something was shown out of turn, so that it is shown again."""
    known = func.coalesce(table_of(PublishedCheck).c.external_id, external_id)
    await _update(tx, run_id, key, external_id=known, fingerprint="", updated_at=now)


async def forget_external_id(tx: Transaction, run_id: str, key: str) -> None:
    """Note that the forge has no such thing any more."""
    await _update(tx, run_id, key, external_id=None)


async def _update(tx: Transaction, run_id: str, key: str, **columns: object) -> None:
    table = table_of(PublishedCheck)
    await tx.execute(
        update(table).where(table.c.run_id == run_id, table.c.key == key).values(**columns)
    )


async def forget_shown(tx: Transaction, run_id: str, keys: Collection[str] | None = None) -> None:
    """Forget how things look, of these keys or all, but not their ids: they are shown again."""
    table = table_of(PublishedCheck)
    statement = update(table).where(table.c.run_id == run_id).values(fingerprint="", last_error="")
    if keys is not None:
        statement = statement.where(table.c.key.in_(keys))
    await tx.execute(statement)


async def newer_speaker(tx: Transaction, run: Run, kind: str | None, key: str) -> str | None:
    """Return the newest later run of the commit, for an event of this kind, that showed this key.

    Forges that know statuses only have one per name, and it belongs to the newest run.
    """
    statement = (
        select(PublishedCheck.run_id)
        .join(Run, Run.id == PublishedCheck.run_id)
        .outerjoin(RunTrigger, RunTrigger.run_id == Run.id)
        .where(
            Run.repo_id == run.repo_id,
            Run.commit_sha == run.commit_sha,
            RunTrigger.event_type.is_not_distinct_from(kind),
            PublishedCheck.key == key,
            or_(
                Run.created_at > run.created_at,
                and_(Run.created_at == run.created_at, Run.id > run.id),
            ),
        )
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(1)
    )
    return await tx.scalar(statement)
