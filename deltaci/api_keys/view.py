"""API keys as they are shown."""

from typing import Any

from deltaci.identity.roles import Role
from deltaci.store.tables import ApiKey
from deltaci.wire.api_keys import ApiKeyView


def shown(row: ApiKey) -> dict[str, Any]:
    """Return what may be shown of a key."""
    return {
        "id": row.id,
        "name": row.name,
        "scopes": [Role(scope) for scope in row.scopes],
        "created_by": row.created_by,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }


def view_of(row: ApiKey) -> ApiKeyView:
    """Show a key."""
    return ApiKeyView(**shown(row))
