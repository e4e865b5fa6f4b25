"""Reading and writing what forges were told about runs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, update

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import PublishedCheck, RunReport, RunTrigger
from deltaci.store.tables.base import table_of
from deltaci.store.tables.forges import ReportState


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


async def begin_publishing(tx: Transaction, run_id: str, key: str, now: datetime) -> bool:
    """Note that something is about to be shown for the first time; False if it was noted before."""
    return await insert_absent(
        tx,
        PublishedCheck,
        run_id=run_id,
        key=key,
        external_id=None,
        rank=0,
        fingerprint="",
        last_error="",
        updated_at=now,
    )


async def note_published(
    tx: Transaction, run_id: str, key: str, now: datetime, **columns: object
) -> None:
    """Write what the forge shows now, or why it would not."""
    table = table_of(PublishedCheck)
    await tx.execute(
        update(table)
        .where(table.c.run_id == run_id, table.c.key == key)
        .values(updated_at=now, **columns)
    )


async def forget_published(tx: Transaction, run_id: str) -> None:
    """Forget what was shown, so that all of it is shown anew."""
    await tx.execute(delete(PublishedCheck).where(PublishedCheck.run_id == run_id))
