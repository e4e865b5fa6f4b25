import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Track = Callable[..., Awaitable[Ran]]
PATHS = {"build": "POST /build-events/", "deployment": "POST /deployment-events/"}
EVENT = {"id": "e-1", "version_id": "v-1", "status": "completed"}
NAMED = ("--product", "api", "--version", "1")
ARGUMENTS = {"build": NAMED, "deployment": (*NAMED, "--environment", "production")}
BEST_EFFORT = "--fail-on-api-error=false"
NOUNS = ("build", "deployment")


def refusal(code: str, **details: Any) -> dict[str, Any]:
    return {
        "detail": {
            "error": "deployment_blocked",
            "message": "The rule says no",
            "code": code,
            "retry_after": "2026-01-01T06:00:00Z",
            "details": details,
        }
    }


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize(
    ("status", "code", "best_effort", "requests"),
    [
        (200, 0, 0, 1),
        (400, 4, 0, 1),
        (401, 4, 0, 1),
        (404, 4, 0, 1),
        (422, 4, 0, 1),
        (409, 5, 5, 1),
        (423, 5, 5, 1),
        (428, 5, 5, 1),
        (429, 1, 0, 4),
        (500, 1, 0, 4),
        (503, 1, 0, 4),
    ],
)
async def test_exit_codes_are_the_contracts_for_both_commands(
    api: ScriptedApi,
    track: Track,
    noun: str,
    status: int,
    code: int,
    best_effort: int,
    requests: int,
) -> None:
    api.answer(PATHS[noun], EVENT if status == 200 else {"detail": "no"}, status=status)

    ran = await track(noun, *ARGUMENTS[noun])

    assert (ran.code, len(api.requests)) == (code, requests)
    assert ("tracked successfully" in ran.out) is (code == 0)
    assert (await track(noun, *ARGUMENTS[noun], BEST_EFFORT)).code == best_effort


@pytest.mark.parametrize("noun", NOUNS)
async def test_nobody_at_the_address_is_1_and_tolerated_in_best_effort(
    track: Track, noun: str
) -> None:
    nowhere = {"VERSIONER_API_URL": "http://127.0.0.1:9"}

    ran = await track(noun, *ARGUMENTS[noun], **nowhere)
    tolerated = await track(noun, *ARGUMENTS[noun], BEST_EFFORT, **nowhere)

    assert (ran.code, tolerated.code) == (1, 0)
    assert f"{noun} event not recorded: no answer from http://127.0.0.1:9" in ran.err
    assert "nothing was recorded" in tolerated.err
    assert tolerated.out == ran.out == ""


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}"])
async def test_a_success_without_an_event_is_1(
    api: ScriptedApi, track: Track, noun: str, content: bytes
) -> None:
    api.answer(PATHS[noun], content)
    ran = await track(noun, *ARGUMENTS[noun])
    assert (ran.code, ran.out) == (1, "")


async def test_best_effort_never_says_that_something_was_recorded(
    api: ScriptedApi, track: Track, work: Path
) -> None:
    api.answer(PATHS["build"], {"detail": "no"}, status=422)

    ran = await track(
        "build",
        *NAMED,
        VERSIONER_FAIL_ON_API_ERROR="false",
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(work / "summary"),
    )

    assert ran.code == 0
    assert ran.err == "⚠ nothing was recorded: HTTP 422: no\n"
    assert ran.out == "::warning title=Versioner Build Failed::HTTP 422: no\n"
    assert "not recorded" in (work / "summary").read_text()


async def test_a_transient_failure_is_told_and_tried_again_with_the_same_key(
    api: ScriptedApi, track: Track
) -> None:
    api.hang_up(PATHS["build"])
    api.answer(PATHS["build"], {"detail": "Internal server error"}, status=500)
    api.answer(PATHS["build"], EVENT)

    ran = await track("build", *NAMED)

    assert ran.code == 0
    assert len({each.headers["idempotency-key"] for each in api.requests}) == 1
    assert len({each.body for each in api.requests}) == 1
    assert [line.split("; ")[1] for line in ran.err.splitlines()] == ["once more in 0 s"] * 2


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (
            409,
            refusal("DEPLOYMENT_IN_PROGRESS", conflicting_deployment_id="d-1"),
            ["✗ Deployment Conflict", "Wait until the other deployment", '"d-1"'],
        ),
        (
            423,
            refusal("NO_DEPLOY_WINDOW", rule_name="weekend"),
            ["✗ Deployment Blocked by Schedule", "Rule: weekend", "report only", "Retry after: 2"],
        ),
        (
            428,
            refusal("FLOW_VIOLATION", rule_name="flow"),
            ["Code: FLOW_VIOLATION", "Deploy this version to the earlier environments first"],
        ),
        (428, refusal("INSUFFICIENT_SOAK_TIME"), ["has run long enough", "Retry after: 2026"]),
        (428, refusal("APPROVAL_REQUIRED", required_approvals=2), ["Get the approvals", "2"]),
        (428, refusal("QUALITY_APPROVAL_REQUIRED"), ["Get the approvals"]),
        (428, refusal("SOMETHING_NEW"), ["Fulfil what the rule asks for"]),
        (428, refusal("FLOW_VIOLATION")["detail"], ["Code: FLOW_VIOLATION", "The rule says no"]),
        (423, {"detail": "closed"}, ["(HTTP 423)", "Message: HTTP 423: closed"]),
        (409, b"<html>", ["(HTTP 409)", "no explanation"]),
    ],
    ids=range(10),
)
async def test_a_refusal_by_a_rule_says_what_to_do(
    api: ScriptedApi, track: Track, status: int, answer: Any, said: list[str]
) -> None:
    api.answer(PATHS["deployment"], answer, status=status)

    ran = await track("deployment", *ARGUMENTS["deployment"])

    assert (ran.code, ran.out) == (5, "")
    assert [each for each in said if each not in ran.err] == []


async def test_a_version_of_another_commit_is_a_refusal_of_the_build(
    api: ScriptedApi, track: Track
) -> None:
    answer = {"detail": "Version 1 already exists with different SHA"}
    api.answer(PATHS["build"], answer, status=409)
    ran = await track("build", *NAMED)
    assert ran.code == 5
    assert "Build Refused" in ran.err
    assert "already exists with different SHA" in ran.err


async def test_rules_that_only_report_are_told_beside_the_success(
    api: ScriptedApi, track: Track
) -> None:
    rules = [
        {
            "rule_name": "soak",
            "error_message": "too early",
            "status": "report_only",
            "evaluation_result": "failed",
        },
        {"rule_name": "passed", "status": "report_only", "evaluation_result": "passed"},
        "nonsense",
    ]
    metadata = {"preflight_status": {"rules_evaluated": rules}}
    api.answer(PATHS["deployment"], {**EVENT, "extra_metadata": metadata})

    ran = await track("deployment", *ARGUMENTS["deployment"])

    assert ran.code == 0
    assert ran.err == "⚠ Rule 'soak' only reports; else it would have blocked this: too early\n"


@pytest.mark.parametrize(
    ("status", "code", "rule", "title"),
    [
        (409, "DEPLOYMENT_IN_PROGRESS", "", "Deployment Conflict"),
        (423, "NO_DEPLOY_WINDOW", "weekend", "Deployment Blocked%3A weekend"),
        (423, "NO_DEPLOY_WINDOW", "", "Deployment Blocked by Schedule"),
        (428, "FLOW_VIOLATION", "flow", "FLOW_VIOLATION%3A flow"),
        (428, "FLOW_VIOLATION", "", "FLOW_VIOLATION"),
    ],
)
async def test_github_gets_an_annotation_and_a_summary_of_a_refusal(
    api: ScriptedApi, track: Track, work: Path, status: int, code: str, rule: str, title: str
) -> None:
    answer = refusal(code, **({"rule_name": rule} if rule else {}), extra=1)
    api.answer(PATHS["deployment"], answer, status=status)
    summary = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(work / "summary")}

    ran = await track("deployment", *ARGUMENTS["deployment"], **summary)

    assert ran.out == f"::error title={title}::The rule says no\n"
    written = (work / "summary").read_text()
    assert "**Next step:**" in written
    assert '"extra": 1' in written


async def test_github_gets_a_summary_of_a_success_after_what_is_there(
    api: ScriptedApi, track: Track, work: Path
) -> None:
    api.answer(PATHS["deployment"], EVENT)
    (work / "summary").write_text("before\n")

    ran = await track(
        "deployment",
        *ARGUMENTS["deployment"],
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(work / "summary"),
        VERSIONER_UI_URL="https://ui.test/",
    )

    assert "::" not in ran.out
    written = (work / "summary").read_text()
    assert written.startswith("before\n")
    assert "✅ completed" in written
    assert "https://ui.test/manage/deployments?view=e-1" in written


async def test_outside_of_github_there_is_neither(
    api: ScriptedApi, track: Track, work: Path
) -> None:
    api.answer(PATHS["build"], {"detail": "no"}, status=422)
    ran = await track("build", *NAMED, GITHUB_STEP_SUMMARY=str(work / "summary"))
    assert ran.out == ""
    assert not (work / "summary").exists()


@pytest.mark.parametrize("path", ["none/summary", "."])
async def test_a_summary_that_cannot_be_written_changes_nothing(
    api: ScriptedApi, track: Track, work: Path, path: str
) -> None:
    api.answer(PATHS["build"], EVENT)
    summary = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(work / path)}
    ran = await track("build", *NAMED, **summary)
    assert ran.code == 0
    assert "no job summary" in ran.err


async def test_what_a_server_says_is_never_a_command_to_github(
    api: ScriptedApi, track: Track, work: Path
) -> None:
    evil = "x\n::add-path::/evil\r\n##[add-path]/evil %0A </details><script> [a](b) `c` @team"
    details = {"rule_name": evil, evil: "```\n::set-env name=A::b\n# heading"}
    answer = refusal(evil, **details)
    answer["detail"]["message"] = evil
    api.answer(PATHS["deployment"], answer, status=428)
    api.answer(PATHS["build"], {**EVENT, "id": evil, "product_id": evil})
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(work / "summary")}

    blocked = await track("deployment", *ARGUMENTS["deployment"], **github)
    as_json = await track("deployment", *ARGUMENTS["deployment"], "--json", **github)
    recorded = await track("build", *NAMED, "-v", "--debug", **github)

    lines = [
        line.strip()
        for ran in (blocked, as_json, recorded)
        for line in (ran.out + ran.err).splitlines()
    ]
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == 2
    assert all(line.startswith("::error title=x%0A%3A%3Aadd-path") for line in commands)
    assert [line for line in lines if "##[" in line] == []
    assert json.loads(as_json.out)["refusal"]["message"] == evil
    prose, fence, _ = (work / "summary").read_text().partition("````json")
    assert fence
    for piece in ("<script>", "[a](b)", "`c`", " @team", "\n#["):
        assert piece not in prose
