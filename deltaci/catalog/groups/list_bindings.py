"""Read what a delivery group may do where."""

from deltaci.catalog.errors import NoSuchGroupError
from deltaci.catalog.groups.bindings import view_of
from deltaci.core import Core
from deltaci.store.delivery_groups import bindings_of, find_group
from deltaci.wire.groups import BindingView


async def list_bindings(core: Core, group_id: str) -> list[BindingView]:
    """Read what a group may do where, in the order of promotions. Raises NoSuchGroupError."""
    async with core.database.read() as tx:
        if await find_group(tx, group_id) is None:
            raise NoSuchGroupError
        return [view_of(row) for row in await bindings_of(tx, group_id)]
