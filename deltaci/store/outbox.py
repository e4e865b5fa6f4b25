"""The outbox: effects that a commit promises, delivered at least once and outside it.

An effect is announced to the process that committed it (`Database.on_effects`), which delivers
it at once; if that process dies, the sweep finds it once it is due. Delivering twice is harmless
by design of each effect, so nothing is locked while it is under way.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from deltaci.store.database import NEW_EFFECTS, Transaction
from deltaci.store.tables import Effect

IMMEDIATE_DELIVERY_GRACE = timedelta(seconds=3)
"""How long the sweep leaves a fresh effect to the process that committed it."""


class EffectKind(StrEnum):
    """What can be promised."""

    START_RUN = "start_run"
    SIGNAL_RUN = "signal_run"
    COMPLETE_ATTEMPT = "complete_attempt"
    REPORT_RUN = "report_run"
    OBEY_COMMAND = "obey_command"
    REGISTER_BUILD = "register_build"
    DELIVER_NOTIFICATION = "deliver_notification"


async def promise(
    tx: Transaction, kind: EffectKind, payload: dict[str, Any], now: datetime
) -> None:
    """Add an effect to this transaction."""
    await promise_all(tx, kind, [payload], now)


async def promise_all(
    tx: Transaction, kind: EffectKind, payloads: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Add several effects of one kind to this transaction."""
    if not payloads:
        return
    due_at = now + IMMEDIATE_DELIVERY_GRACE
    rows = [
        {"kind": kind, "payload": payload, "created_at": now, "due_at": due_at}
        for payload in payloads
    ]
    statement = insert(Effect).returning(Effect.id, sort_by_parameter_order=True)
    ids = (await tx.scalars(statement, rows)).all()
    tx.info.setdefault(NEW_EFFECTS, []).extend(
        Effect(id=effect_id, tries=0, **row) for effect_id, row in zip(ids, rows, strict=True)
    )


def leave_to_sweep(tx: Transaction) -> None:
    """Announce none of this transaction's effects: a sweep finds them when they are due."""
    tx.info.pop(NEW_EFFECTS, None)


async def claim_due(
    tx: Transaction, now: datetime, *, limit: int, retry_max: timedelta
) -> Sequence[Effect]:
    """Take up to `limit` due effects, oldest first, putting each one's next try off.

    The wait doubles with every try, up to `retry_max`.
    """
    statement = (
        select(Effect)
        .where(Effect.due_at <= now)
        .order_by(Effect.due_at, Effect.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    effects = (await tx.scalars(statement)).all()
    for effect in effects:
        effect.tries += 1
        effect.due_at = now + min(retry_max, timedelta(seconds=2 ** min(effect.tries, 10)))
    return effects


async def any_due(tx: Transaction, now: datetime) -> bool:
    """Whether there is anything to claim: cheaper than claiming nothing."""
    return (await tx.scalar(select(Effect.id).where(Effect.due_at <= now).limit(1))) is not None


async def forget(tx: Transaction, effect_ids: Collection[int]) -> None:
    """Drop effects that were delivered, or that no longer apply."""
    await tx.execute(delete(Effect).where(Effect.id.in_(effect_ids)))


async def note_failure(tx: Transaction, effect_id: int, error: str) -> None:
    """Keep the last error of an effect that will be tried again, for people who look."""
    await tx.execute(update(Effect).where(Effect.id == effect_id).values(last_error=error[:500]))
