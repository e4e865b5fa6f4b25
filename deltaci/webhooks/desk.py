"""Group commit: deliveries that arrive while a transaction is under way share the next one."""

import asyncio
import time

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.store.outbox import leave_to_sweep
from deltaci.webhooks.keep import Receipt, keep_receipts
from deltaci.wire.forges import WebhookAccepted

BATCH_MAX = 64
WAITING_MAX = 1024
"""More than these are refused at once with 503; few forges send them again by themselves, but all
keep them for somebody to redeliver."""
STORM_PER_SECOND = 50
"""While more deliveries than these come in a second, workers start their runs a moment later:
starting a run costs more than accepting it, and the forges wait for their answers."""

_Waiting = tuple[Receipt, "asyncio.Future[WebhookAccepted]"]


class Desk:
    """Keeps the receipts of one process. A receipt is answered after the commit that keeps it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[_Waiting] = []
        self._clerk: asyncio.Task[None] | None = None
        self._pace = _Pace()

    async def keep(self, receipt: Receipt) -> WebhookAccepted:
        """Store the receipt with what follows from it. Raises UnavailableError."""
        if len(self._waiting) >= WAITING_MAX:
            raise UnavailableError("too many deliveries are waiting; send it again")
        answer: asyncio.Future[WebhookAccepted] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, answer))
        if self._clerk is None or self._clerk.done():
            self._clerk = asyncio.create_task(self._work(), name="webhook-desk")
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            try:
                await self._keep(batch)
            except UnavailableError as error:
                _fail(batch, error)
            except Exception as error:  # noqa: BLE001 - the callers are told, one by one
                await self._keep_one_by_one(batch, error)

    async def _keep_one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        """One bad receipt must not take the others with it."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for each in batch:
            try:
                await self._keep([each])
            except Exception as alone:  # noqa: BLE001 - its caller is told
                _fail([each], alone)

    async def _keep(self, batch: list[_Waiting]) -> None:
        async with self._core.database.write() as tx:
            answers = await keep_receipts(tx, self._core, [receipt for receipt, _ in batch])
            if self._pace.of_this_second(len(batch)) > STORM_PER_SECOND:
                leave_to_sweep(tx)
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)


class _Pace:
    """Counts what is kept in each second."""

    def __init__(self) -> None:
        self._second = 0
        self._count = 0

    def of_this_second(self, more: int) -> int:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += more
        return self._count
