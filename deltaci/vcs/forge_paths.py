"""Paths of a forge's API, of parts that we do not trust."""

from urllib.parse import quote

from deltaci.vcs.port import ForgeRefusedError

LEADS_ELSEWHERE = frozenset({"", ".", ".."})


def quoted(part: str) -> str:
    """Return one part of a path, quoted. Raises ForgeRefusedError for what leads elsewhere."""
    if part in LEADS_ELSEWHERE:
        raise ForgeRefusedError(f"{part!r} cannot be part of a forge's address")
    return quote(part, safe="")


def repository_path(full_name: str) -> str:
    """Return `/repos/owner/name`, where GitHub and Gitea have everything about a repository.

    Raises ForgeRefusedError for a name that is not of this form.
    """
    owner, _, name = full_name.partition("/")
    return f"/repos/{quoted(owner)}/{quoted(name)}"
