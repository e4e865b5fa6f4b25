"""Find what a repository is fetched with: its own token, or its forge's."""

from collections.abc import Callable, Coroutine
from typing import Any

from deltaci.addresses import leads_to
from deltaci.core import Core
from deltaci.repositories.place import place_of
from deltaci.store.forges import find_link
from deltaci.vcs.port import Forges, GitCredential
from deltaci.wire.forges import Provider

FindCredential = Callable[[str, str], Coroutine[Any, Any, GitCredential | None]]


def forge_credentials(core: Core, forges: Forges) -> FindCredential:
    """Return what finds the credential for a repository's id and address.

    There is none for a repository that is on no forge, and none for an address that is not the
    one its forge has for it: a credential goes to nobody but who gave it, and one for all of a
    forge's repositories opens no other than the one that is linked. What is returned raises
    ForgeUnavailableError and ForgeRefusedError.
    """

    async def find(repo_id: str, url: str) -> GitCredential | None:
        async with core.database.read() as tx:
            link = await find_link(tx, repo_id)
        forge = forges.get(Provider(link.provider)) if link is not None else None
        if link is None or forge is None or not leads_to(url, forge.url, link.full_name):
            return None
        return await forge.api.git_credential(place_of(core, link))

    return find
