"""Write commit ids out: one forge tells only how the id of a pull request's head begins."""

from dataclasses import replace

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.repositories.place import place_of
from deltaci.store.forges import find_link
from deltaci.vcs.port import (
    Event,
    Forge,
    ForgeRefusedError,
    ForgeUnavailableError,
    Place,
    PullRequest,
)

WHOLE_LENGTHS = frozenset({40, 64})
"""Of SHA-1 and SHA-256 in hex."""


async def with_whole_commits(core: Core, forge: Forge, event: Event, repo_id: str) -> Event:
    """Return the event with its head's whole id; the forge is asked only if it told a part.

    Raises UnavailableError when it should be sent again, and InvalidRequestError when the forge
    does not say.
    """
    if not isinstance(event, PullRequest) or len(event.head_sha) in WHOLE_LENGTHS:
        return event
    if forge.commits is None:
        raise InvalidRequestError("the head's commit id is not whole")
    try:
        place = await _place(core, repo_id)
        head_sha = await forge.commits.whole_commit(place, event.head_sha)
    except ForgeUnavailableError as error:
        raise UnavailableError(f"{forge.provider} cannot be asked for a commit now") from error
    except ForgeRefusedError as error:
        message = f"{forge.provider} would not tell the head's commit: {error.message}"
        raise InvalidRequestError(message) from error
    return replace(event, head_sha=head_sha)


async def _place(core: Core, repo_id: str) -> Place:
    async with core.database.read() as tx:
        link = await find_link(tx, repo_id)
    if link is None:
        raise ForgeRefusedError("the repository is on no forge any more")
    return place_of(core, link)
