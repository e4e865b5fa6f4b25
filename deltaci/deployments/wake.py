"""Have deployments that wait look again: something that they may wait for has changed."""

from datetime import datetime

from deltaci.store.database import Transaction
from deltaci.store.deployments import Ours, pending_of
from deltaci.store.outbox import EffectKind, promise, promise_all

CHANGED, CANCEL = "changed", "cancel"
AT_ONCE = 50
"""Most that are woken by one event; whoever comes later looks by itself."""


async def wake(tx: Transaction, ours: Ours, signal: str, now: datetime) -> None:
    """Tell one deployment's workflow."""
    payload = {"workflow_id": ours.intent.workflow_id, "signal": signal}
    await promise(tx, EffectKind.SIGNAL_DEPLOYMENT, payload, now)


async def wake_waiting(tx: Transaction, ended: Ours, now: datetime) -> None:
    """Tell those of the same group and environment that one has ended; the first gets its turn."""
    waiting = await pending_of(tx, ended.intent.group_id, ended.row.environment)
    payloads = [
        {"workflow_id": intent.workflow_id, "signal": CHANGED} for _, intent in waiting[:AT_ONCE]
    ]
    await promise_all(tx, EffectKind.SIGNAL_DEPLOYMENT, payloads, now)
