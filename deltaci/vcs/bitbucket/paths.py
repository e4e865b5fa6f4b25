"""Paths of Bitbucket Cloud's API."""

from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.port import Place


def repository_path(place: Place) -> str:
    """Return where everything about a repository is. Raises ForgeRefusedError for an odd name."""
    workspace, _, name = place.full_name.partition("/")
    return f"/repositories/{quoted(workspace)}/{quoted(name)}"


def commit_path(place: Place, commit_sha: str) -> str:
    """Return where a commit is, by its id or by a part of it that is long enough."""
    return f"{repository_path(place)}/commit/{quoted(commit_sha)}"


def comments_path(place: Place, number: int) -> str:
    """Return where the comments of a pull request are."""
    return f"{repository_path(place)}/pullrequests/{number}/comments"


def permissions_path(place: Place) -> str:
    """Return where it is said who may do what, by groups and projects too."""
    workspace, _, name = place.full_name.partition("/")
    return f"/workspaces/{quoted(workspace)}/permissions/repositories/{quoted(name)}"
