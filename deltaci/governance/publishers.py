"""Who may register builds: a caller with the right role whom a publisher admits."""

from deltaci.core import Core
from deltaci.errors import CiOnlyError
from deltaci.governance.claims import claims_of
from deltaci.governance.first_publishers import first_publishers
from deltaci.governance.matching import match
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.settings import Settings
from deltaci.store.admin_settings import SettingKey, read_setting
from deltaci.store.database import Transaction
from deltaci.store.tables import AdminSetting
from deltaci.wire.governance import CiPublisher, CiPublisherList, ContractRole

NAME = "ci_publishers"


async def require_publisher(tx: Transaction, core: Core, caller: Principal) -> str:
    """Return the name of the publisher that admits the caller, as of this transaction.

    Raises CiOnlyError. Its details are the caller's own claims and whether its role or the list
    is why; what the list asks for is told to admins alone.
    """
    name = await _publisher_in(tx, core, caller)
    if name is None:
        claims = claims_of(caller)
        raise CiOnlyError(
            reason="not_listed" if _has_the_role(caller) else "role",
            role=next(iter(contract_roles(caller.roles)), None),
            iss=claims.iss,
            sub=claims.sub,
            aud=sorted(claims.aud),
            azp=claims.azp or None,
        )
    return name


async def publisher_of(core: Core, caller: Principal) -> str | None:
    """Return the name of the publisher that admits the caller, or None."""
    async with core.database.read() as tx:
        return await _publisher_in(tx, core, caller)


async def list_publishers(core: Core) -> CiPublisherList:
    """Read the publishers that count now, on every replica."""
    async with core.database.read() as tx:
        return publishers_of(await read_setting(tx, SettingKey.CI_PUBLISHERS), core.settings)


def publishers_of(row: AdminSetting | None, settings: Settings) -> CiPublisherList:
    """Understand what is stored: the settings' publishers until an admin stores a list."""
    if row is None:
        return CiPublisherList(publishers=first_publishers(settings.ci_publishers), version=0)
    publishers = [CiPublisher.model_validate(each) for each in row.value[NAME]]
    return CiPublisherList(publishers=publishers, version=row.version)


async def _publisher_in(tx: Transaction, core: Core, caller: Principal) -> str | None:
    if not _has_the_role(caller):
        return None
    listed = publishers_of(await read_setting(tx, SettingKey.CI_PUBLISHERS), core.settings)
    found = match(listed.publishers, claims_of(caller))
    return found.name if found else None


def _has_the_role(caller: Principal) -> bool:
    """Whether publishing is the highest that the caller may do: nobody certifies its own rules."""
    return contract_roles(caller.roles)[:1] == [ContractRole.CI_PUBLISHER]
