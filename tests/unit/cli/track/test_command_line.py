import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from deltaci.local.endpoints import Endpoints, write_endpoints
from deltaci.local.layout import DataDir
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Track = Callable[..., Awaitable[Ran]]
BUILD, DEPLOYMENT = "POST /build-events/", "POST /deployment-events/"
EVENT = {"id": "e-1", "status": "completed"}
NAMED = ("--product", "api", "--version", "1")


def sent(api: ScriptedApi, route: str = BUILD) -> Any:
    return json.loads(api.received(route)[-1].body)


async def test_the_seeds_example_of_a_normalized_status_is_printed_letter_by_letter(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(BUILD, EVENT)

    ran = await track("build", *NAMED, "--status=success", "--verbose")

    information, *facts = ran.err.splitlines()
    mark, _, words = information.partition(" ")
    assert mark == "\N{INFORMATION SOURCE}"
    assert words == "Status 'success' will be normalized to 'completed' by the API"
    assert "  Product: api" in facts
    assert ran.out.splitlines()[0] == "✓ Build event tracked successfully"
    assert sent(api)["status"] == "success"


@pytest.mark.parametrize("status", ["Completed", "running"])
async def test_canonical_and_unknown_statuses_are_sent_without_a_word(
    api: ScriptedApi, track: Track, status: str
) -> None:
    api.answer(BUILD, EVENT)
    ran = await track("build", *NAMED, "--status", status, "-v")
    assert "normalized" not in ran.err
    assert sent(api)["status"] == status


@pytest.mark.parametrize(
    ("arguments", "environment", "problem"),
    [
        (("build",), {}, "product is required"),
        (("deployment", *NAMED), {}, "environment is required"),
        (("build", "--product", "api"), {}, "version is required"),
        (("build", *NAMED), {"VERSIONER_API_KEY": None}, "api key is required"),
        (("build", *NAMED), {"VERSIONER_API_URL": None}, "api url is required"),
        (("build", *NAMED), {"VERSIONER_API_URL": "nowhere"}, "no HTTP address"),
        (("build", *NAMED, "--started-at", "now"), {}, "started at is not RFC 3339"),
        (("build", *NAMED), {"VERSIONER_COMPLETED_AT": "now"}, "completed at is not RFC 3339"),
        (("build", *NAMED, "--extra-metadata", "[]"), {}, "must be a JSON object"),
        (("build", *NAMED), {"VERSIONER_FAIL_ON_API_ERROR": "yes"}, "neither true nor false"),
        (("build", *NAMED, "--fail-on-api-error=no"), {}, "neither true nor false"),
        (("build", *NAMED, "--fail-on-api-error", "no"), {}, "unexpected extra argument"),
        (("build", *NAMED, "--bogus"), {}, "No such option"),
        (("build", *NAMED, "extra"), {}, "unexpected extra argument"),
        (("build", *NAMED, "--deadline-seconds", "soon"), {}, "not a number of seconds"),
        (("build", *NAMED, "--idempotency-key", "ä"), {}, "idempotency key"),
        (("build", *NAMED, "--config", "none.yaml"), {}, "cannot read none.yaml"),
        (("bogus",), {}, "No such command"),
        (("--bogus",), {}, "No such option"),
        (("flush",), {}, "spool is required"),
    ],
    ids=range(20),
)
async def test_a_wrong_command_line_exits_with_1_and_sends_nothing(
    api: ScriptedApi,
    track: Track,
    arguments: tuple[str, ...],
    environment: dict[str, str | None],
    problem: str,
) -> None:
    ran = await track(*arguments, **environment)

    assert (ran.code, ran.out) == (1, "")
    assert problem.lower() in ran.err.lower()
    assert "Usage: " in ran.err
    assert api.requests == []


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), 4),
        (("--fail-on-api-error",), 4),
        (("--fail-on-api-error", "true"), 4),
        (("--fail-on-api-error=true",), 4),
        (("--fail-on-api-error=false",), 0),
        (("--fail-on-api-error", "false"), 0),
        (("--no-fail-on-api-error",), 0),
        (("--fail-on-api-error", "--verbose=false"), 4),
    ],
    ids=str,
)
async def test_a_boolean_means_the_same_in_every_spelling(
    api: ScriptedApi, track: Track, flags: tuple[str, ...], code: int
) -> None:
    api.answer(BUILD, {"detail": "no"}, status=422)
    assert (await track("build", *flags, *NAMED)).code == code


async def test_a_key_on_the_command_line_is_warned_of_and_never_shown(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(BUILD, EVENT)

    hidden = ("--api-key", "sk_hidden", "--debug", "--build-number", "sk_hidden")
    ran = await track("build", *NAMED, *hidden)

    assert ran.code == 0
    assert api.requests[0].headers["authorization"] == "Bearer sk_hidden"
    first, second, *debug = ran.err.splitlines()
    assert "visible" in first
    assert "VERSIONER_API_KEY" in second
    assert "> Authorization: Bearer ***" in debug
    assert "< HTTP 200" in debug
    assert "sk_hidden" not in ran.err + ran.out


async def test_a_dry_run_shows_the_request_and_sends_nothing(
    api: ScriptedApi, track: Track
) -> None:
    ran = await track("build", *NAMED, "--dry-run", VERSIONER_API_KEY=None)

    shown = json.loads(ran.out)
    assert shown["POST"] == f"{api.url}/build-events/"
    assert shown["body"]["product_name"] == "api"
    assert (ran.code, api.requests) == (0, [])


async def test_json_is_all_that_is_on_standard_output(api: ScriptedApi, track: Track) -> None:
    api.answer(BUILD, EVENT)
    api.answer(DEPLOYMENT, {"detail": "no"}, status=422)

    recorded = await track("build", *NAMED, "--json", "-v")
    refused = await track(
        "deployment", *NAMED, "--environment", "e", "--json", GITHUB_ACTIONS="true"
    )

    assert json.loads(recorded.out)["event"] == EVENT
    document = json.loads(refused.out)
    assert (document["outcome"], document["http_status"], document["event"]) == (
        "refused",
        422,
        None,
    )


async def test_files_say_what_flags_and_variables_do_not(
    api: ScriptedApi, track: Track, home: Path, work: Path
) -> None:
    api.answer(BUILD, EVENT)
    (home / ".versioner").mkdir()
    (home / ".versioner/config.yaml").write_text(
        f"api_url: {api.url}\napi_key: of-file\nversion: 1.10\nstatus: failed\n"
        "extra_metadata: {team: a}\n"
    )
    (work / ".delta-ci-track.yaml").write_text("product: api\napi_url: http://evil.test\n")
    nothing = {"VERSIONER_API_URL": None, "VERSIONER_API_KEY": None}

    ran = await track("build", **nothing)

    assert ran.code == 0
    assert "api_url is ignored" in ran.err
    assert api.requests[0].headers["authorization"] == "Bearer of-file"
    assert sent(api) == {
        "product_name": "api",
        "version": "1.10",
        "status": "failed",
        "source_system": "unknown",
        "extra_metadata": {"team": "a"},
    }


async def test_a_deployment_takes_the_names_of_a_build_for_its_link_and_branch(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(DEPLOYMENT, EVENT)
    flags = ("--build-url", "https://ci/1", "--scm-branch", "main", "--skip-preflight-checks")

    ran = await track("deployment", *NAMED, "--environment", "e", *flags)

    assert "deprecated" in ran.err
    event = sent(api, DEPLOYMENT)
    assert event["build_url"] == event["deploy_url"] == "https://ci/1"
    assert event["scm_branch"] == "main"
    assert event["skip_preflight_checks"] is True


async def test_this_instances_address_and_token_serve_only_as_a_pair(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(BUILD, EVENT)
    ours = {"DELTA_CI_URL": api.url, "DELTA_CI_TOKEN": "of-ours"}

    alone = await track("build", *NAMED, VERSIONER_API_URL=None, VERSIONER_API_KEY=None, **ours)
    mixed = await track("build", *NAMED, VERSIONER_API_KEY=None, **ours)

    assert (alone.code, mixed.code) == (0, 1)
    (request,) = api.requests
    assert request.headers["authorization"] == "Bearer of-ours"


@pytest.mark.parametrize(("in_ci", "code"), [(False, 0), (True, 1)])
async def test_outside_of_a_ci_the_stack_of_the_working_directory_serves(
    api: ScriptedApi, track: Track, work: Path, in_ci: bool, code: int
) -> None:
    api.answer(BUILD, EVENT)
    local = DataDir(work / ".delta-ci").endpoints_file
    local.parent.mkdir(parents=True)
    write_endpoints(local, Endpoints(api.url, "", "", "", "of-the-stack"))
    nothing = {"VERSIONER_API_URL": None, "VERSIONER_API_KEY": None}

    ran = await track("build", *NAMED, **nothing, **({"CIRCLECI": "true"} if in_ci else {}))

    assert ran.code == code
    keys = [each.headers["authorization"] for each in api.requests]
    assert keys == ([] if in_ci else ["Bearer of-the-stack"])
