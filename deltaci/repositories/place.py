"""Where a repository is on its forge, with the credential that is its own."""

from deltaci.core import Core
from deltaci.store.tables import ForgeLink
from deltaci.vcs.port import Place


def place_of(core: Core, link: ForgeLink) -> Place:
    """Open the repository's own token, if it has one."""
    token = core.seal.open(link.sealed_token) if link.sealed_token is not None else ""
    return Place(link.full_name, token)
