"""Commit statuses: what GitHub shows beside a commit for a token that is not an App's."""

from deltaci.vcs.commit_status import status_line, status_name
from deltaci.vcs.forge_answers import answered_id
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.forge_texts import cut_line
from deltaci.vcs.github.calls import GitHubCalls
from deltaci.vcs.port import Check, Place, Verdict

PREFIX = "status:"
"""Of the external ids, which so differ from those of check runs."""
DESCRIPTION_MAX_LENGTH = 140
STATES = {
    Verdict.QUEUED: "pending",
    Verdict.RUNNING: "pending",
    Verdict.SUCCESS: "success",
    Verdict.SKIPPED: "success",
    Verdict.FAILURE: "failure",
    Verdict.TIMED_OUT: "failure",
    Verdict.CANCELLED: "error",
}


class CommitStatuses:
    """Publishes statuses. None is ever changed: the newest of a name counts."""

    def __init__(self, calls: GitHubCalls) -> None:
        self._calls = calls

    async def publish(self, place: Place, check: Check) -> str:
        """Show the check; returns its id."""
        path = f"{repository_path(place.full_name)}/statuses/{quoted(check.commit_sha)}"
        body = {
            "state": STATES[check.verdict],
            "context": status_name(check),
            "description": cut_line(status_line(check), DESCRIPTION_MAX_LENGTH),
        }
        if check.url:
            body["target_url"] = check.url
        return PREFIX + answered_id(await self._calls.create(place, path, body))

    async def find(self, place: Place, check: Check) -> str | None:
        """See the port. The address that a status leads to is what tells runs apart."""
        path = f"{repository_path(place.full_name)}/commits/{quoted(check.commit_sha)}/statuses"
        async for status in self._calls.items(place, path, {}):
            same_name = status.get("context") == status_name(check)
            if same_name and (status.get("target_url") or "") == check.url:
                return PREFIX + answered_id(status)
        return None
