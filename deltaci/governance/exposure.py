"""What is shown of builds beside what they are."""

from deltaci.core import Core
from deltaci.governance.change import Author, change_setting
from deltaci.store.admin_settings import SettingKey, read_setting
from deltaci.store.database import Transaction
from deltaci.store.tables import AdminSetting
from deltaci.wire.governance import ExposurePolicy, ExposureView

NAME = "ui_exposure_policy"


async def exposure(core: Core) -> ExposurePolicy:
    """Read the policy that counts now; before an admin says so, nothing is shown."""
    async with core.database.read() as tx:
        return await exposure_in(tx)


async def exposure_in(tx: Transaction) -> ExposurePolicy:
    """Read within a transaction what is shown."""
    return _policy(await read_setting(tx, SettingKey.UI_EXPOSURE_POLICY))


async def replace_exposure(core: Core, author: Author, policy: ExposurePolicy) -> ExposureView:
    """Set the whole policy."""
    async with core.database.write() as tx:
        row = await read_setting(tx, SettingKey.UI_EXPOSURE_POLICY)
        values = {NAME: (_policy(row).model_dump(), policy.model_dump())}
        await change_setting(tx, core, author, SettingKey.UI_EXPOSURE_POLICY, row, values)
    return ExposureView(policy=policy)


def _policy(row: AdminSetting | None) -> ExposurePolicy:
    return ExposurePolicy() if row is None else ExposurePolicy.model_validate(row.value[NAME])
