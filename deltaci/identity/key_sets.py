"""The keys of an issuer: kept, and asked for anew when that could help, but not too often."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from cachetools import TTLCache

from deltaci.clock import Clock
from deltaci.errors import UnavailableError
from deltaci.identity.public_keys import KEYS_MAX, PublicKey
from deltaci.identity.published_keys import IssuerError

log = structlog.get_logger(__name__)

Fetch = Callable[[], Awaitable[Mapping[str, PublicKey]]]
"""Asks the issuer; raises IssuerError."""
UNREACHABLE = "the keys of the access token's issuer cannot be had now; try again"


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """How long keys count, and how often an issuer is asked."""

    refresh: timedelta
    """Keys are asked for again after this."""
    keep: timedelta
    """They count this long while the issuer cannot be asked."""
    cooldown: timedelta
    """The issuer is asked at most once in this time, whether it answers or not."""


class KeySet:
    """One issuer's keys. Whoever asks while they are being fetched waits for the same answer."""

    def __init__(self, issuer: str, fetch: Fetch, times: KeyTimes, clock: Clock) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._times = times
        self._clock = clock
        self._keys: TTLCache[str, PublicKey] = TTLCache(
            KEYS_MAX, times.keep.total_seconds(), timer=lambda: clock().timestamp()
        )
        self._asked_at: datetime | None = None
        self._answered_at: datetime | None = None
        self._problem: IssuerError | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key of this id, or None when the issuer has no such key.

        Raises UnavailableError when the issuer cannot be asked and the key is not known from
        before. During the cool-down its last word stands.
        """
        if kid not in self._keys or not self._within(self._answered_at, self._times.refresh):
            await self._ask()
        key = self._keys.get(kid)
        if key is None and self._problem is not None:
            raise UnavailableError(UNREACHABLE) from self._problem
        return key

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self) -> None:
        if self._asking is None:
            if self._within(self._asked_at, self._times.cooldown):
                return
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._renew())
            self._asking.add_done_callback(self._settle)
        # Shielded: the caller who came first may give up without failing the others.
        await asyncio.shield(self._asking)

    async def _renew(self) -> None:
        try:
            keys = await self._fetch()
        except IssuerError as error:
            self._problem = error
            log.warning("issuer has no keys for us", issuer=self._issuer, reason=str(error))
            return
        self._problem = None
        self._answered_at = self._clock()
        self._keys.clear()
        self._keys.update(keys)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._asking = None
        if not task.cancelled():
            task.exception()  # counts as having seen it, should nobody wait any more

    def _within(self, since: datetime | None, span: timedelta) -> bool:
        """Whether less than `span` has passed; a clock that was set back has passed it."""
        return since is not None and timedelta(0) <= self._clock() - since < span
