"""The switch that refuses every change of the DXCP contract's, on all replicas at once."""

from deltaci.core import Core
from deltaci.errors import MutationsDisabledError
from deltaci.governance.change import Author, change_setting
from deltaci.store.admin_settings import SettingKey, read_setting
from deltaci.store.database import Transaction
from deltaci.store.tables import AdminSetting
from deltaci.wire.governance import MutationsView, SwitchMutations

NAME = "mutations_disabled"


async def require_mutations_enabled(core: Core) -> None:
    """Return when changes are allowed now. Raises MutationsDisabledError."""
    async with core.database.read() as tx:
        await require_enabled_in(tx)


async def require_enabled_in(tx: Transaction) -> None:
    """Return within a transaction when changes are allowed. Raises MutationsDisabledError."""
    if (await mutations_in(tx)).mutations_disabled:
        raise MutationsDisabledError


async def read_mutations(core: Core) -> MutationsView:
    """Say whether changes are refused now."""
    async with core.database.read() as tx:
        return await mutations_in(tx)


async def switch_mutations(core: Core, author: Author, request: SwitchMutations) -> MutationsView:
    """Refuse all changes but this one, or do so no more."""
    async with core.database.write() as tx:
        row = await read_setting(tx, SettingKey.MUTATIONS_DISABLED)
        values = {NAME: (_view(row).mutations_disabled, request.mutations_disabled)}
        await change_setting(tx, core, author, SettingKey.MUTATIONS_DISABLED, row, values)
    return MutationsView(mutations_disabled=request.mutations_disabled)


async def mutations_in(tx: Transaction) -> MutationsView:
    """Say within a transaction whether changes are refused."""
    return _view(await read_setting(tx, SettingKey.MUTATIONS_DISABLED))


def _view(row: AdminSetting | None) -> MutationsView:
    return MutationsView(mutations_disabled=row is not None and row.value[NAME])
