"""Read which API keys there are."""

from deltaci.api_keys.view import view_of
from deltaci.core import Core
from deltaci.store import api_keys as store
from deltaci.wire.api_keys import ApiKeyPage


async def list_api_keys(core: Core, *, limit: int, cursor: str) -> ApiKeyPage:
    """Read one page, newest first, those that were revoked included."""
    async with core.database.read() as tx:
        rows, following = await store.list_api_keys(tx, limit=limit, cursor=cursor)
    return ApiKeyPage(items=[view_of(row) for row in rows], next_cursor=following)
