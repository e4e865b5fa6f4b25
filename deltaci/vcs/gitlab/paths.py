"""Paths of GitLab's API."""

from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.port import Place


def project_path(place: Place) -> str:
    """Return where GitLab has everything about a project, whose path counts as one part."""
    return f"/projects/{quoted(place.full_name)}"


def notes_path(place: Place, number: int) -> str:
    """Return where the notes of a merge request are."""
    return f"{project_path(place)}/merge_requests/{number}/notes"
