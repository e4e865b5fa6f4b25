"""Show pieces in order, once each, though senders may die, be late, or work at the same time.

Before each call the sender notes that it is about to call, and at once afterwards what came of it.
So whoever comes after a crash looks for what may be there before showing it anew, and waits for a
call that may be under way. A sender whose turn is over stops; what it showed too late is shown
again by the sender whose turn it is.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from deltaci.core import Core
from deltaci.reports.compose import COMMENT_KEY
from deltaci.reports.inert import SENTENCE_MAX, plain
from deltaci.reports.order import call_seconds
from deltaci.reports.pieces import Piece
from deltaci.store import reports as store
from deltaci.store.database import Transaction
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.tables import PublishedCheck, Run
from deltaci.vcs.port import ForgeGoneError, ForgeRefusedError, ForgeUnavailableError


class TurnOverError(Exception):
    """Somebody else reports this run now."""


@dataclass(slots=True)
class Sender:
    """One turn of reporting one run."""

    core: Core
    run: Run
    event_type: str | None
    """What the run is for; None when no event of a forge is behind it."""
    turn: int
    known: Mapping[str, PublishedCheck]
    """What the forge showed when the turn began, by key."""
    beat: Callable[[], None]
    refusals: list[str] = field(default_factory=list)
    """What the forge would not show, and why."""
    spoken_for_by: str | None = None
    """The newer run of the commit that some of the names belong to now."""

    async def send(self, piece: Piece) -> None:
        """Show the piece unless the forge shows it, or something later, already.

        Raises TurnOverError, and ForgeUnavailableError; a refusal is noted, and no error.
        """
        row = self.known.get(piece.key)
        if row is not None and row.fingerprint == piece.fingerprint:
            self._remember_refusal(piece, row.last_error)
            return
        if row is not None and row.rank > piece.rank:
            return
        self._let_others_finish(row)
        self.beat()
        if await self._begin(piece, row):
            await self._call(piece, row)

    def _let_others_finish(self, row: PublishedCheck | None) -> None:
        """A call that its sender never came back from may still reach the forge after ours."""
        if row is None or row.fingerprint != store.SENDING:
            return
        over = row.updated_at + timedelta(seconds=call_seconds(self.core.settings))
        left = (over - self.core.clock()).total_seconds()
        if left > 0:
            raise ForgeUnavailableError("an earlier call may still be under way", left)

    async def _begin(self, piece: Piece, row: PublishedCheck | None) -> bool:
        """Note that the piece is about to be shown; False when its name is a newer run's.

        What stands apart and was shown before is finished all the same.
        """
        async with self.core.database.write() as tx:
            now = self.core.clock()
            if not await store.note_report(tx, self.run.id, self.turn, now):
                raise TurnOverError
            newer = await self._newer_speaker(tx, piece, row)
            if newer is not None:
                self.spoken_for_by = newer
                return False
            await store.begin_publishing(tx, self.run.id, piece.key, piece.rank, now)
        return True

    async def _call(self, piece: Piece, row: PublishedCheck | None) -> None:
        try:
            async with asyncio.timeout(call_seconds(self.core.settings)):
                external_id = await self._show(piece, row)
        except ForgeRefusedError as error:
            self._remember_refusal(piece, error.message)
            await self._note_failure(piece, piece.fingerprint, error.message)
        except ForgeUnavailableError as error:
            await self._note_failure(piece, "", error.message)
            raise
        except TimeoutError as error:
            await self._note_failure(piece, "", "the forge did not answer in time")
            raise ForgeUnavailableError("the forge did not answer in time") from error
        else:
            await self._note_shown(piece, row, external_id)

    async def _show(self, piece: Piece, row: PublishedCheck | None) -> str:
        """Show it in place of what is there, which is looked for when a try left no trace."""
        external_id = row.external_id if row is not None else None
        if row is not None and external_id is None:
            external_id = await piece.find()
        if external_id is None:
            return await piece.show(None)
        try:
            return await piece.show(external_id)
        except ForgeGoneError:
            async with self.core.database.write() as tx:
                await store.forget_external_id(tx, self.run.id, piece.key)
            return await piece.show(None)

    async def _note_shown(self, piece: Piece, row: PublishedCheck | None, external_id: str) -> None:
        async with self.core.database.write() as tx:
            now = self.core.clock()
            run_id, key = self.run.id, piece.key
            in_turn = await store.note_report(tx, run_id, self.turn, now)
            if in_turn:
                await store.note_published(
                    tx, run_id, key, piece.fingerprint, now, external_id=external_id, last_error=""
                )
            else:
                await store.note_overtaken(tx, run_id, key, external_id, now)
                await promise(tx, EffectKind.REPORT_RUN, {"run_id": run_id}, now)
            newer = await self._newer_speaker(tx, piece, row)
            if newer is not None:
                await store.forget_shown(tx, newer, [key])
                await promise(tx, EffectKind.REPORT_RUN, {"run_id": newer}, now)
        if not in_turn:
            raise TurnOverError

    async def _note_failure(self, piece: Piece, fingerprint: str, message: str) -> None:
        async with self.core.database.write() as tx:
            now = self.core.clock()
            if not await store.note_report(tx, self.run.id, self.turn, now):
                raise TurnOverError
            error = plain(message, SENTENCE_MAX)
            await store.note_published(
                tx, self.run.id, piece.key, fingerprint, now, last_error=error
            )

    async def _newer_speaker(
        self, tx: Transaction, piece: Piece, row: PublishedCheck | None
    ) -> str | None:
        shown_as = row.external_id if row is not None else None
        if piece.key == COMMENT_KEY or (shown_as is not None and piece.stands_apart(shown_as)):
            return None
        return await store.newer_speaker(tx, self.run, self.event_type, piece.key)

    def _remember_refusal(self, piece: Piece, message: str) -> None:
        if message:
            self.refusals.append(f"{piece.key}: {message}")
