"""Which forge hears of a repository's runs."""

from deltaci.core import Core
from deltaci.store.database import Transaction
from deltaci.store.forges import find_link
from deltaci.store.tables import ForgeLink
from deltaci.wire.forges import Provider


async def hearing_forge(tx: Transaction, core: Core, repo_id: str) -> str | None:
    """Return the provider that a new run of the repository is reported to, or None."""
    link = await find_link(tx, repo_id)
    return link.provider if link and hears(core, link) else None


def hears(core: Core, link: ForgeLink) -> bool:
    """Whether there is a credential to tell the forge anything with."""
    return link.sealed_token is not None or (
        core.settings.forge(Provider(link.provider)).has_credential
    )
