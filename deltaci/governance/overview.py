"""The settings that count, in one answer."""

from deltaci.core import Core
from deltaci.governance.limits import limits_in
from deltaci.governance.mutations import mutations_in
from deltaci.wire.governance import AdminSettings, PublicSettings


async def public_settings(core: Core) -> PublicSettings:
    """Read what everybody with a role may know."""
    async with core.database.read() as tx:
        return PublicSettings(mutations_disabled=(await mutations_in(tx)).mutations_disabled)


async def admin_settings(core: Core) -> AdminSettings:
    """Read the same with the limits."""
    async with core.database.read() as tx:
        limits = await limits_in(tx, core)
        switch = await mutations_in(tx)
    return AdminSettings(mutations_disabled=switch.mutations_disabled, **limits.model_dump())
