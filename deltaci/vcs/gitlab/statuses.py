"""GitLab's commit statuses: found by name, moved by a state machine that refuses steps back."""

from collections.abc import Mapping
from typing import Any

from deltaci.vcs.commit_status import LINE_MAX_LENGTH, status_line, status_name
from deltaci.vcs.forge_answers import answered_id, answered_items
from deltaci.vcs.forge_caller import ForgeCaller
from deltaci.vcs.forge_paths import quoted
from deltaci.vcs.gitlab.paths import project_path
from deltaci.vcs.port import Check, ForgeGoneError, ForgeRefusedError, Place, Verdict

STATES = {
    Verdict.QUEUED: "pending",
    Verdict.RUNNING: "running",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failed",
    Verdict.CANCELLED: "canceled",
    Verdict.TIMED_OUT: "failed",
    # GitLab's own `skipped` blocks a merge that needs a pipeline, and cannot follow `running`.
    Verdict.SKIPPED: "success",
}
RANKS = {"created": 0, "pending": 0, "running": 1}
FINAL_RANK = 2
NO_TRANSITION = "Cannot transition status"
NO_REFERENCE = "References for commit"
BRANCHES_AND_TAGS = ("refs/heads/", "refs/tags/")


async def publish_status(caller: ForgeCaller, place: Place, check: Check) -> str:
    """Show the check as the status of its name, and return that status' id.

    A final status cannot be changed: the same said once more would become a second one beside it,
    and so would a late `running`. So we look before we speak.
    """
    shown = await find_status(caller, place, check)
    if shown is not None and _says_as_much(shown, check):
        return answered_id(shown)
    try:
        return answered_id(await _post(caller, place, check))
    except ForgeRefusedError as refused:
        if NO_TRANSITION not in refused.message:
            raise
        shown = await find_status(caller, place, check)  # somebody was faster
        if shown is None or _rank(shown) < check.verdict.rank:
            raise
        return answered_id(shown)


async def find_status(caller: ForgeCaller, place: Place, check: Check) -> Mapping[str, Any] | None:
    """Return the newest status of the check's name. GitLab keeps no reference of ours beside it."""
    path = f"{project_path(place)}/repository/commits/{quoted(check.commit_sha)}/statuses"
    ref = _short_ref(check.ref)
    params = {"name": status_name(check)} | ({"ref": ref} if ref else {})
    try:
        answer = await caller.call(place, "GET", path, **params)
    except ForgeGoneError:
        return None
    found = [each for each in answered_items(answer) if isinstance(each.get("id"), int)]
    return max(found, key=lambda each: int(each["id"]), default=None)


def _says_as_much(shown: Mapping[str, Any], check: Check) -> bool:
    """Whether the status says all of this already, or what came after it in the same run."""
    address = shown.get("target_url") or ""
    if shown.get("status") != STATES[check.verdict]:
        same_run = bool(address) and address == _address(check)
        return same_run and _rank(shown) > check.verdict.rank
    if not check.verdict.is_final:
        return True  # GitLab refuses to hear it again
    return (address, shown.get("description") or "") == (_address(check), status_line(check))


def _rank(shown: Mapping[str, Any]) -> int:
    return RANKS.get(str(shown.get("status")), FINAL_RANK)


async def _post(caller: ForgeCaller, place: Place, check: Check) -> Any:
    """Create or move the status.

    Where there is neither a branch nor a tag, GitLab attaches the status to a pipeline of this
    commit, or to a branch that contains it, so that the merge request shows it. A fork's commit is
    on no branch: only there the merge request's own ref is named, which the commit's page shows.
    """
    path = f"{project_path(place)}/statuses/{quoted(check.commit_sha)}"
    body = {
        "state": STATES[check.verdict],
        "name": status_name(check),
        "description": status_line(check),
    }
    if address := _address(check):
        body["target_url"] = address
    ref = _short_ref(check.ref)
    try:
        return await caller.call(place, "POST", path, body | ({"ref": ref} if ref else {}))
    except ForgeGoneError as gone:
        if ref or not check.ref or NO_REFERENCE not in gone.message:
            raise
        return await caller.call(place, "POST", path, {**body, "ref": check.ref})


def _address(check: Check) -> str:
    """Return where the status leads; GitLab takes no longer address."""
    return check.url if len(check.url) <= LINE_MAX_LENGTH else ""


def _short_ref(ref: str) -> str:
    """Return the name of a branch or tag, as GitLab knows it; empty for another ref."""
    for prefix in BRANCHES_AND_TAGS:
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ""
