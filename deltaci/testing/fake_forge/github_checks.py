"""GitHub's check runs, as strict as GitHub is about them."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from deltaci.testing.fake_forge.provider import Call, RefusalError, answered
from deltaci.testing.fake_forge.state import ShownCheck
from deltaci.testing.http_stub import Answer
from deltaci.vcs.port import Verdict

SUMMARY_MAX_LENGTH = 65_535
TITLE_MAX_LENGTH = 255
MESSAGE_MAX_BYTES = 64 * 1024
ANNOTATIONS_MAX = 50
STATUSES = {"queued": Verdict.QUEUED, "in_progress": Verdict.RUNNING}
CONCLUSIONS = {
    each: Verdict(each) for each in ("success", "failure", "cancelled", "timed_out", "skipped")
}
FIELDS: dict[str, type] = {
    "name": str,
    "external_id": str,
    "status": str,
    "conclusion": str,
    "started_at": str,
    "completed_at": str,
    "details_url": str,
    "output": dict,
}
ANNOTATION_FIELDS: dict[str, type] = {
    "path": str,
    "start_line": int,
    "end_line": int,
    "annotation_level": str,
    "message": str,
    "title": str,
}


def create(call: Call) -> Answer:
    """Make a check run."""
    _require_app(call)
    body = call.fields(head_sha=str, **FIELDS)
    if not body.get("name") or not body.get("head_sha"):
        raise call.wrong("name and head_sha are required")
    if not call.repository.has_commit(body["head_sha"]):
        raise call.wrong(f"no commit found for SHA: {body['head_sha']}")
    run = ShownCheck(call.state.next_id(), body["name"], body["head_sha"], Verdict.QUEUED)
    _change(call, run, {"status": "queued", **body})
    call.repository.checks.append(run)
    return answered(_document(call, run), HTTPStatus.CREATED)


def change(call: Call) -> Answer:
    """Change a check run in what the request names."""
    _require_app(call)
    body = call.fields(**FIELDS)
    for run in call.repository.checks:
        if run.id == call.parts["id"]:
            _change(call, run, body)
            return answered(_document(call, run))
    raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")


def listed(call: Call) -> Answer:
    """List those beside a commit, the newest first."""
    query = call.request.query
    found = [
        run
        for run in reversed(call.repository.checks)
        if run.commit_sha == call.parts["sha"] and run.name == query.get("check_name", run.name)
    ]
    if query.get("filter", "latest") != "all":
        found = list({run.name: run for run in reversed(found)}.values())
    page = [_document(call, run) for run in call.page(found, size="per_page")]
    return answered({"total_count": len(found), "check_runs": page})


def _require_app(call: Call) -> None:
    if call.state.app is None or call.login != call.state.app.login:
        raise RefusalError(HTTPStatus.FORBIDDEN, "You must authenticate via a GitHub App.")


def _change(call: Call, run: ShownCheck, body: dict[str, Any]) -> None:
    for name in ("started_at", "completed_at"):
        _require_time(call, body.get(name, "2026-01-12T12:00:00Z"))
    if "completed_at" in body and body.get("status") != "completed":
        raise call.wrong("completed_at would complete it")
    annotations = _annotations(call, body["output"]) if "output" in body else []
    if "status" in body:
        verdict = _verdict(call, body)
        call.state.move(run, verdict, body.get("conclusion", body["status"]))
    run.name = body.get("name", run.name)
    run.reference = body.get("external_id", run.reference)
    run.url = body.get("details_url", run.url)
    run.title = body.get("output", {}).get("title", run.title)
    run.summary = body.get("output", {}).get("summary", run.summary)
    run.annotations += annotations


def _verdict(call: Call, body: dict[str, Any]) -> Verdict:
    status, conclusion = body["status"], body.get("conclusion")
    if status == "completed" and conclusion in CONCLUSIONS:
        return CONCLUSIONS[str(conclusion)]
    if status in STATUSES and conclusion is None:
        return STATUSES[status]
    raise call.wrong(f"status {status!r} does not go with conclusion {conclusion!r}")


def _annotations(call: Call, output: dict[str, Any]) -> list[dict[str, Any]]:
    title, summary = output.get("title"), output.get("summary")
    if not isinstance(title, str) or not isinstance(summary, str) or not title or not summary:
        raise call.wrong("output lacks title or summary")
    if len(title) > TITLE_MAX_LENGTH or len(summary) > SUMMARY_MAX_LENGTH:
        raise call.wrong("title or summary is too long")
    annotations: list[dict[str, Any]] = output.get("annotations", [])
    if len(annotations) > ANNOTATIONS_MAX:
        raise call.wrong(f"more than {ANNOTATIONS_MAX} annotations in one request")
    for each in annotations:
        _require_annotation(call, each)
    return annotations


def _require_annotation(call: Call, annotation: dict[str, Any]) -> None:
    types = {name: type(value) for name, value in annotation.items()}
    if types != ANNOTATION_FIELDS:
        raise call.wrong(f"the annotation has other fields: {sorted(types)}")
    if annotation["annotation_level"] not in {"notice", "warning", "failure"}:
        raise call.wrong("unknown annotation_level")
    too_long = len(annotation["message"].encode()) > MESSAGE_MAX_BYTES
    if too_long or len(annotation["title"]) > TITLE_MAX_LENGTH or annotation["start_line"] < 1:
        raise call.wrong("the annotation is too long, or at no line")


def _require_time(call: Call, text: str) -> None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise call.wrong(f"{text!r} is no time") from None
    if moment.tzinfo is None:
        raise call.wrong(f"{text!r} has no zone")


def _document(call: Call, run: ShownCheck) -> dict[str, Any]:
    final = run.verdict.is_final
    status = "completed" if final else {v: k for k, v in STATUSES.items()}[run.verdict]
    return {
        "id": int(run.id),
        "name": run.name,
        "head_sha": run.commit_sha,
        "external_id": run.reference,
        "status": status,
        "conclusion": run.verdict if final else None,
        "details_url": run.url,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "annotations_count": len(run.annotations),
        },
        "app": {"slug": call.state.app.slug if call.state.app else ""},
    }
