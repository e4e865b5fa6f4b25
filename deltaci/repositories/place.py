"""Where a repository is on its forge, with the credential that is its own."""

from deltaci.core import Core
from deltaci.sealing import SealBrokenError
from deltaci.store.tables import ForgeLink
from deltaci.vcs.port import ForgeRefusedError, Place


def place_of(core: Core, link: ForgeLink) -> Place:
    """Open the repository's own token, if it has one.

    Raises ForgeRefusedError when the key that sealed it is gone.
    """
    if link.sealed_token is None:
        return Place(link.full_name)
    try:
        return Place(link.full_name, core.seal.open(link.sealed_token))
    except SealBrokenError as error:
        message = f"the repository's token is of no use: {error}; give it again"
        raise ForgeRefusedError(message) from error
