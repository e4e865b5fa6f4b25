"""Read delivery groups."""

from deltaci.catalog.errors import NoSuchGroupError
from deltaci.catalog.groups.values import view_of
from deltaci.core import Core
from deltaci.store.delivery_groups import find_group, services_of
from deltaci.store.revisions import page_of
from deltaci.store.tables import DeliveryGroup
from deltaci.wire.groups import GroupView


async def list_groups(core: Core, *, limit: int, cursor: str) -> tuple[list[GroupView], str | None]:
    """Read one page by id, and the cursor of the next page if there is one."""
    async with core.database.read() as tx:
        rows, following = await page_of(tx, DeliveryGroup, limit=limit, cursor=cursor)
        services = await services_of(tx, [row.id for row in rows])
    return [view_of(row, services.get(row.id, [])) for row in rows], following


async def read_group(core: Core, group_id: str) -> GroupView:
    """Read one. Raises NoSuchGroupError."""
    async with core.database.read() as tx:
        row = await find_group(tx, group_id)
        if row is None:
            raise NoSuchGroupError
        return view_of(row, (await services_of(tx, [group_id])).get(group_id, []))
