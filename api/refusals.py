"""Remember who was refused what, without letting anybody fill the database with it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from deltaci.core import Core
from deltaci.identity.principal import Principal
from deltaci.store import audit

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60.0
SUBJECT_MAX_LENGTH = 200
ROWS_PER_WINDOW = 10
"""Refusals of one caller that are recorded one by one; of further ones only the number is."""


class Refusals:
    """The audit of refused requests of one API process."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._refused: Counter[str] = Counter()

    async def note(self, caller: Principal, method: str, path: str) -> None:
        """Record that a caller's roles did not allow a request."""
        await self._note(
            caller,
            audit.Action.ACCESS_DENIED,
            ("route", path),
            method=method,
            roles=sorted(caller.roles),
        )

    async def note_build(
        self, caller: Principal, *, service: str, version: str, **details: Any
    ) -> None:
        """Record that the registration of a build was refused."""
        subject = "build", f"{service}/{version}"
        about = {"service": service, "version": version}
        await self._note(caller, audit.Action.BUILD_DENIED, subject, **about, **details)

    async def _note(
        self, caller: Principal, action: audit.Action, subject: tuple[str, str], **details: Any
    ) -> None:
        """Record a refusal, or only count it when the caller has had many in this window."""
        self._refused[caller.id] += 1
        if self._refused[caller.id] > ROWS_PER_WINDOW:
            return
        async with self._core.database.write() as tx:
            audit.record(
                tx,
                actor=caller.id,
                action=action,
                subject_kind=subject[0],
                subject_id=subject[1][:SUBJECT_MAX_LENGTH],
                at=self._core.clock(),
                **details,
            )

    async def close_window(self) -> None:
        """Record how many refusals were only counted, one row for each caller."""
        refused, self._refused = self._refused, Counter()
        counted = {who: count for who, count in refused.items() if count > ROWS_PER_WINDOW}
        if not counted:
            return
        async with self._core.database.write() as tx:
            for who, count in counted.items():
                audit.record(
                    tx,
                    actor=who,
                    action=audit.Action.ACCESS_DENIED_OFTEN,
                    subject_kind="principal",
                    subject_id=who,
                    at=self._core.clock(),
                    further=count - ROWS_PER_WINDOW,
                )

    @asynccontextmanager
    async def recording(self) -> AsyncIterator["Refusals"]:
        """Close a window each minute while the block runs, and the last one after it."""
        task = asyncio.create_task(self._close_windows(), name="refusals")
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self._close_safely()

    async def _close_windows(self) -> None:
        while True:
            await asyncio.sleep(WINDOW_SECONDS)
            await self._close_safely()

    async def _close_safely(self) -> None:
        try:
            await self.close_window()
        except Exception as error:  # noqa: BLE001 - must outlive every outage of the database
            log.warning("refusals_not_counted", error=type(error).__name__)
