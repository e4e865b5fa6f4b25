"""Look up the head of a pull request where the forge's deliveries abbreviate it."""

from dataclasses import replace

from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.repositories.place import place_of
from deltaci.store.forges import find_link
from deltaci.vcs.port import (
    Event,
    Forge,
    ForgeRefusedError,
    ForgeUnavailableError,
    Ignored,
    PullRequest,
)

WHOLE_LENGTH = 40


async def with_whole_head(core: Core, forge: Forge, event: Event, repo_id: str) -> Event:
    """Return the event with the full id of its commit; one bounded call, to such a forge only.

    Raises UnavailableError when the forge should send the delivery again.
    """
    if forge.commits is None or not isinstance(event, PullRequest):
        return event
    if len(event.head_sha) >= WHOLE_LENGTH:
        return event
    async with core.database.read() as tx:
        link = await find_link(tx, repo_id)
    if link is None:
        return event
    try:
        sha = await forge.commits.whole_commit(place_of(core, link), event.head_sha)
    except ForgeUnavailableError as error:
        raise UnavailableError("the forge cannot be asked for the commit; try again") from error
    except ForgeRefusedError as error:
        return Ignored(f"the forge does not tell the whole commit: {error.message}")
    return replace(event, head_sha=sha)
