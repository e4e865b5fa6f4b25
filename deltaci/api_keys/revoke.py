"""Take an API key away."""

from deltaci.api_keys.recognize import KeyRing
from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import audit
from deltaci.store.api_keys import revoke_api_key as store_revocation


async def revoke_api_key(core: Core, ring: KeyRing, actor: str, key_id: str) -> None:
    """Take a key away: here at once, on other replicas after `api_key_cache_seconds`.

    Raises NotFoundError for a key that there is not, or not any more.
    """
    async with core.database.write() as tx:
        row = await store_revocation(tx, key_id, core.clock())
        if row is None:
            raise NotFoundError(f"no API key {key_id!r}")
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.API_KEY_REVOKED,
            subject_kind="api_key",
            subject_id=key_id,
            at=core.clock(),
            name=row.name,
        )
    ring.forget(row.key_hash)
