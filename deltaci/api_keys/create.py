"""Make an API key: shown once, kept as a hash."""

import secrets

from deltaci.api_keys.hashed import hashed
from deltaci.api_keys.view import shown
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.ids import new_uid
from deltaci.store import audit
from deltaci.store.api_keys import claim_api_key
from deltaci.store.tables import ApiKey
from deltaci.wire.api_keys import CreateApiKey, NewApiKey

PREFIX = "sk_delta"
RANDOM_BYTES = 32


async def create_api_key(core: Core, actor: str, request: CreateApiKey) -> NewApiKey:
    """Make a key. Raises InvalidStateError for a given one that is known already."""
    key = request.key or f"{PREFIX}_{secrets.token_urlsafe(RANDOM_BYTES)}"
    row = ApiKey(
        id=new_uid(),
        name=request.name,
        key_hash=hashed(key),
        scopes=sorted({str(scope) for scope in request.scopes}),
        created_by=actor,
        created_at=core.clock(),
        last_used_at=None,
        revoked_at=None,
    )
    async with core.database.write() as tx:
        if not await claim_api_key(tx, row):
            raise InvalidStateError("this key is known already; choose another")
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.API_KEY_CREATED,
            subject_kind="api_key",
            subject_id=row.id,
            at=row.created_at,
            name=row.name,
            scopes=row.scopes,
        )
    return NewApiKey(**shown(row), key=key)
