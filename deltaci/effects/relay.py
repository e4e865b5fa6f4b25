"""Send promised effects: at once from the process that promised them, later from any other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.store.outbox import any_due, claim_due, forget, note_failure
from deltaci.store.tables import Effect

SWEEP_BATCH = 100
FORGET_WITHIN_SECONDS = 0.05
"""How long delivered effects are collected before one transaction drops them all."""
DRAIN_SECONDS = 5.0
REST = timedelta(seconds=2)
"""How long nothing is tried at once after a failure that others would share."""
UNDERWAY_MAX = 100
"""Effects that one process sends at once, so that a storm leaves it time to answer requests."""

log = structlog.get_logger(__name__)


class EffectRelay:
    """Delivers effects and drops their rows; whatever it does not get to, a sweep does."""

    def __init__(self, core: Core, deliver: Callable[[Effect], Awaitable[None]]) -> None:
        self._core = core
        self._deliver = deliver
        self._underway: set[asyncio.Task[None]] = set()
        self._delivered: list[int] = []
        self._rests_until = core.clock()
        self._forgetting: asyncio.Task[None] | None = None

    def send_now(self, effects: Sequence[Effect]) -> None:
        """Start delivering effects that were just committed; returns at once.

        What is too much at once is left to the sweep of whichever process has time for it, and so
        is everything for a moment after the world outside was found to be away.
        """
        if self._core.clock() < self._rests_until:
            return
        for effect in effects[: max(0, UNDERWAY_MAX - len(self._underway))]:
            task = asyncio.create_task(self._send(effect), name=f"effect-{effect.kind}")
            self._underway.add(task)
            task.add_done_callback(self._underway.discard)

    async def sweep(self) -> int:
        """Deliver effects that are due, left behind by any process; returns how many were."""
        retry_max = timedelta(seconds=self._core.settings.outbox_retry_max_seconds)
        async with self._core.database.read() as tx:
            if not await any_due(tx, self._core.clock()):
                return 0
        async with self._core.database.write() as tx:
            due = await claim_due(tx, self._core.clock(), limit=SWEEP_BATCH, retry_max=retry_max)
        await asyncio.gather(*(self._send(effect) for effect in due))
        return len(due)

    async def drain(self) -> None:
        """Finish what is under way, within a bound, before the process ends."""
        if self._underway:
            await asyncio.wait(self._underway, timeout=DRAIN_SECONDS)
        if self._forgetting:
            await self._forgetting

    async def _send(self, effect: Effect) -> None:
        try:
            await self._deliver(effect)
        except Exception as error:  # noqa: BLE001 - one bad effect must not stop the others
            if isinstance(error, UnavailableError):
                self._rests_until = self._core.clock() + REST
            await self._note(effect, error)
            return
        self._delivered.append(effect.id)
        if self._forgetting is None or self._forgetting.done():
            self._forgetting = asyncio.create_task(self._forget(), name="forget-effects")

    async def _note(self, effect: Effect, error: Exception) -> None:
        log.warning("effect_not_delivered", kind=effect.kind, error=type(error).__name__)
        async with self._core.database.write() as tx:
            await note_failure(tx, effect.id, f"{type(error).__name__}: {error}")

    async def _forget(self) -> None:
        """Drop rows until none is left to drop, for more are delivered meanwhile."""
        while self._delivered:
            await asyncio.sleep(FORGET_WITHIN_SECONDS)
            delivered, self._delivered = self._delivered, []
            try:
                async with self._core.database.write() as tx:
                    await forget(tx, delivered)
            except Exception as error:  # noqa: BLE001 - the sweep delivers and forgets them again
                log.warning("effects_not_forgotten", error=type(error).__name__)
