"""Check runs: what GitHub shows beside a commit for an App."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from deltaci.vcs.commit_status import status_name
from deltaci.vcs.forge_answers import answered_id
from deltaci.vcs.forge_paths import quoted, repository_path
from deltaci.vcs.forge_texts import cut_bytes, cut_line, cut_markdown
from deltaci.vcs.github.calls import GitHubCalls
from deltaci.vcs.port import Annotation, Check, Place, Verdict
from deltaci.vcs.webhook_body import dig

TITLE_MAX_LENGTH = 255
SUMMARY_MAX_BYTES = 65_535
MESSAGE_MAX_BYTES = 64 * 1024
ANNOTATIONS_PER_REQUEST = 50
BEFORE_THE_END = {Verdict.QUEUED: "queued", Verdict.RUNNING: "in_progress"}
END = "completed"
"""Its conclusions are called as our verdicts are."""


class CheckRuns:
    """Creates, changes and finds check runs."""

    def __init__(self, calls: GitHubCalls) -> None:
        self._calls = calls

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:
        """See the port.

        GitHub adds the annotations of each request to those that it has. So that a repetition
        doubles none, and a broken-off one is made whole, only those follow that it does not count.
        """
        path = f"{repository_path(place.full_name)}/check-runs"
        if external_id is None:
            body = _body(check) | {"head_sha": check.commit_sha}
            external_id = answered_id(await self._calls.create(place, path, body))
            counted = 0
        else:
            path_of_run = f"{path}/{quoted(external_id)}"
            answer = await self._calls.call(place, "PATCH", path_of_run, _body(check))
            counted = _counted(answer)
        for start in range(counted, len(check.annotations), ANNOTATIONS_PER_REQUEST):
            part = check.annotations[start : start + ANNOTATIONS_PER_REQUEST]
            body = {"output": _output(check) | {"annotations": list(_annotations(part))}}
            await self._calls.call(place, "PATCH", f"{path}/{quoted(external_id)}", body)
        return external_id

    async def find(self, place: Place, check: Check) -> str | None:
        """See the port. Another App may have claimed our reference: its runs are not ours."""
        app = self._calls.app(place)
        path = f"{repository_path(place.full_name)}/commits/{quoted(check.commit_sha)}/check-runs"
        params = {"check_name": status_name(check), "filter": "all"}
        async for run in self._calls.items(place, path, params, "check_runs"):
            if run.get("external_id") == check.reference and (
                app is None or dig(run, "app", "slug") == await app.slug()
            ):
                return answered_id(run)
        return None


def _body(check: Check) -> dict[str, Any]:
    body = {
        "name": status_name(check),
        "external_id": check.reference,
        "status": BEFORE_THE_END.get(check.verdict, END),
        "output": _output(check),
    }
    if check.url:
        body["details_url"] = check.url
    if check.started_at and check.verdict is not Verdict.QUEUED:
        body["started_at"] = _time(check.started_at)
    if check.verdict.is_final:
        body["conclusion"] = check.verdict
        # GitHub takes a run with this for completed, whatever its status says.
        if check.completed_at:
            body["completed_at"] = _time(check.completed_at)
    return body


def _output(check: Check) -> dict[str, Any]:
    return {
        "title": cut_line(check.title, TITLE_MAX_LENGTH),
        "summary": cut_markdown(check.summary or check.title, SUMMARY_MAX_BYTES),
    }


def _annotations(annotations: Iterable[Annotation]) -> Iterable[dict[str, Any]]:
    for each in annotations:
        yield {
            "path": each.path,
            "start_line": each.line,
            "end_line": each.line,
            "annotation_level": "failure",
            "title": cut_line(each.title, TITLE_MAX_LENGTH),
            "message": cut_bytes(each.message, MESSAGE_MAX_BYTES),
        }


def _counted(answer: Any) -> int:
    found = dig(answer, "output", "annotations_count")
    return found if isinstance(found, int) and found > 0 else 0


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
