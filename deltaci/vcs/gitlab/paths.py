"""Paths of GitLab's API."""

from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.port import Place


def project_path(place: Place) -> str:
    """Return where everything about a project is. Raises ForgeRefusedError for an odd name.

    A project's whole path, groups and all, is one part of the address.
    """
    return "/projects/" + "%2F".join(quoted(part) for part in place.full_name.split("/"))


def notes_path(place: Place, number: int) -> str:
    """Return where the notes of a merge request are."""
    return f"{project_path(place)}/merge_requests/{number}/notes"
