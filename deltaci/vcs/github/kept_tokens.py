"""Tokens that are used until shortly before they expire, and minted by one caller for all."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cachetools import TLRUCache

from deltaci.clock import Clock

TOKENS_MAX = 1000
SPARE = timedelta(minutes=2)
"""A token is not used this shortly before its end: what it is for must finish in time."""


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A credential with an end."""

    text: str = field(repr=False)
    expires_at: datetime


Mint = Callable[[], Coroutine[Any, Any, MintedToken]]


class KeptTokens:
    """Tokens by what they are for."""

    def __init__(self, clock: Clock) -> None:
        self._kept: TLRUCache[Hashable, MintedToken] = TLRUCache(
            TOKENS_MAX,
            ttu=lambda _key, token, _now: (token.expires_at - SPARE).timestamp(),
            timer=lambda: clock().timestamp(),
        )
        self._minting: dict[Hashable, asyncio.Task[MintedToken]] = {}

    async def get(self, key: Hashable, mint: Mint) -> str:
        """Return the token that is kept, or a new one; whoever asks meanwhile gets the same.

        Raises what `mint` raises, to all who wait for it; whoever asks later has it tried again.
        """
        kept = self._kept.get(key)
        if kept is not None:
            return kept.text
        minting = self._minting.get(key)
        if minting is None:
            minting = self._minting[key] = asyncio.create_task(mint())
            minting.add_done_callback(lambda task: self._settle(key, task))
        # Shielded: the caller who came first may give up without failing the others.
        return (await asyncio.shield(minting)).text

    def forget(self, text: str) -> None:
        """Drop a token that is not accepted any more."""
        for key in [key for key, token in self._kept.items() if token.text == text]:
            self._kept.pop(key, None)

    def _settle(self, key: Hashable, task: asyncio.Task[MintedToken]) -> None:
        del self._minting[key]
        # Asking for the exception counts as having seen it, should nobody wait any more.
        if not task.cancelled() and task.exception() is None:
            self._kept[key] = task.result()
