"""Let a delivery group's own list count for an environment again."""

from deltaci.catalog.errors import NoSuchEnvironmentError
from deltaci.catalog.groups.bind import known_pair
from deltaci.catalog.groups.bindings import subject_of, values_of
from deltaci.catalog.record import record_change
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import find_binding
from deltaci.store.revisions import remove_row
from deltaci.store.tables import GroupEnvironment


async def unbind_environment(core: Core, author: Author, group_id: str, name: str) -> None:
    """Take back what was said of a group in an environment.

    Raises NoSuchGroupError, NoSuchEnvironmentError, and InvalidStateError when it was changed
    meanwhile.
    """
    async with core.database.write() as tx:
        await known_pair(tx, group_id, name)
        row = await find_binding(tx, group_id, name)
        if row is None:
            raise NoSuchEnvironmentError
        await delete_binding(tx, core, author, row)


async def delete_binding(
    tx: Transaction, core: Core, author: Author, row: GroupEnvironment
) -> None:
    """Remove a binding. Raises InvalidStateError when it was changed meanwhile."""
    if not await remove_row(tx, row):
        raise InvalidStateError(CHANGED_MEANWHILE)
    subject = subject_of(row.group_id, row.environment)
    record_change(tx, core, author, subject, values_of(row), None)
