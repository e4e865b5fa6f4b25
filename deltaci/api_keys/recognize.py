"""Find out whose an API key is."""

from datetime import timedelta

import structlog
from cachetools import TTLCache

from deltaci.api_keys.hashed import hashed
from deltaci.core import Core
from deltaci.errors import UnauthorizedError, UnavailableError
from deltaci.identity.principal import Principal
from deltaci.identity.refusal import NOT_VALID
from deltaci.identity.roles import Role
from deltaci.store.api_keys import find_api_key, note_use
from deltaci.store.tables import ApiKey

ISSUER = "api-key"
"""Stands before a key's id in what its holder is called; no issuer of tokens can be named so."""
KEYS_REMEMBERED = 2000
KEY_MAX_LENGTH = 1000
USE_NOTED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class KeyRing:
    """The keys of one API process. Those that count are remembered for a few seconds."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: TTLCache[str, Principal] = TTLCache(
            KEYS_REMEMBERED,
            core.settings.tracking.api_key_cache_seconds,
            timer=lambda: core.clock().timestamp(),
        )
        self._forgotten = 0
        """How often keys were revoked here; whoever looks one up meanwhile must not remember it."""

    async def recognize(self, key: str) -> Principal:
        """Return who holds a key, with the roles of its scopes. Raises UnauthorizedError."""
        if len(key) > KEY_MAX_LENGTH:
            raise UnauthorizedError(NOT_VALID)
        key_hash = hashed(key)
        return self._known.get(key_hash) or await self._look_up(key_hash)

    def forget(self, key_hash: str) -> None:
        """Let a key that was revoked here count no more."""
        self._forgotten += 1
        self._known.pop(key_hash, None)

    async def _look_up(self, key_hash: str) -> Principal:
        forgotten = self._forgotten
        async with self._core.database.read() as tx:
            row = await find_api_key(tx, key_hash)
        if row is None:
            raise UnauthorizedError(NOT_VALID)
        holder = Principal(row.id, ISSUER, frozenset(Role(scope) for scope in row.scopes))
        if self._forgotten == forgotten:
            self._known[key_hash] = holder
        await self._note_use(row)
        return holder

    async def _note_use(self, row: ApiKey) -> None:
        now = self._core.clock()
        since = now - USE_NOTED_EVERY
        if row.last_used_at is not None and row.last_used_at >= since:
            return
        try:
            async with self._core.database.write() as tx:
                await note_use(tx, row.id, now, since)
        except UnavailableError as error:
            log.warning("api_key_use_not_noted", key=row.id, reason=error.message)
