"""Read the environments that a caller may know of (DXCP spec §2.5)."""

from collections.abc import Sequence

from deltaci.catalog.environments.values import view_of
from deltaci.catalog.errors import NoSuchEnvironmentError
from deltaci.catalog.owners import owned_by
from deltaci.core import Core
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import all_groups, bindings_of
from deltaci.store.environments import all_environments, find_environment
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import DeliveryGroup, Environment
from deltaci.wire.catalog import EnvironmentView, LifecycleState
from deltaci.wire.governance import ContractRole


async def list_environments(
    core: Core, caller: Principal, *, limit: int, cursor: str
) -> tuple[list[EnvironmentView], str | None]:
    """Read one page by id, and the cursor of the next page if there is one."""
    after = decode_cursor(cursor, 1)[0] if cursor else ""
    async with core.database.read() as tx:
        rows = [row for row in await _visible(tx, caller) if row.id > after]
    page = [view_of(row) for row in rows[:limit]]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def read_environment(core: Core, caller: Principal, name: str) -> EnvironmentView:
    """Read one. Raises NoSuchEnvironmentError, also for one that the caller may not know of."""
    async with core.database.read() as tx:
        row = await find_environment(tx, name)
        if row is None or row not in await _visible(tx, caller):
            raise NoSuchEnvironmentError
        return view_of(row)


async def _visible(tx: Transaction, caller: Principal) -> Sequence[Environment]:
    """Admins see all; others those of the groups that they own, unless they are retired."""
    rows = await all_environments(tx)
    if contract_roles(caller.roles)[:1] == [ContractRole.PLATFORM_ADMIN]:
        return rows
    groups = [group for group in await all_groups(tx) if owned_by(group, caller)]
    of_groups = [await _of_group(tx, group, rows) for group in groups]
    names = frozenset[str]().union(*of_groups)
    active = (row for row in rows if row.lifecycle_state is not LifecycleState.RETIRED)
    return [row for row in active if row.id in names]


async def _of_group(
    tx: Transaction, group: DeliveryGroup, rows: Sequence[Environment]
) -> frozenset[str]:
    if bound := await bindings_of(tx, group.id):
        return frozenset(binding.environment for binding in bound)
    if group.allowed_environments is not None:
        return frozenset(group.allowed_environments)
    return frozenset(row.id for row in rows)
