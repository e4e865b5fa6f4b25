import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.ci_environments import CASES, SHA
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Track = Callable[..., Awaitable[Ran]]
BUILD, DEPLOYMENT = "POST /build-events/", "POST /deployment-events/"
EVENT = {"id": "e-1", "product_id": "p-1", "version_id": "v-1", "status": "completed"}

SYSTEMS = {name: environment for name, (environment, _) in CASES.items()}


def sent(api: ScriptedApi, route: str = BUILD) -> Any:
    (request,) = api.received(route)
    return json.loads(request.body)


@pytest.mark.parametrize("system", SYSTEMS)
async def test_in_a_ci_that_is_known_nothing_needs_to_be_said(
    api: ScriptedApi, track: Track, system: str
) -> None:
    api.answer(BUILD, EVENT)

    ran = await track("build", **SYSTEMS[system])

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "✓ Build event tracked successfully\n  Event ID: e-1\n"
    event = sent(api)
    _, meaning = CASES[system]
    assert (event["product_name"], event["version"]) == (meaning["product"], meaning["version"])
    assert (event["source_system"], event["status"]) == (system, "completed")
    assert event.get("build_url") == meaning.get("link", event.get("build_url"))
    assert "secret" not in json.dumps(event)


async def test_a_deployment_needs_its_environment_only(api: ScriptedApi, track: Track) -> None:
    api.answer(DEPLOYMENT, {**EVENT, "environment_id": "env-1"})

    ran = await track("deployment", "--environment", "production", "-v", **SYSTEMS["gitlab"])

    assert ran.code == 0
    assert ran.out == (
        "✓ Deployment event tracked successfully\n  Event ID: e-1\n"
        "  Product ID: p-1\n  Version ID: v-1\n  Environment ID: env-1\n"
    )
    event = sent(api, DEPLOYMENT)
    assert (event["environment_name"], event["status"]) == ("production", "success")


async def test_an_event_by_hand_is_the_seeds_example(api: ScriptedApi, track: Track) -> None:
    api.answer(BUILD, EVENT)
    example = {
        "product": "api-service",
        "version": "1.2.3",
        "status": "completed",
        "source_system": "github",
        "build_number": "456",
        "scm_sha": SHA,
        "scm_branch": "main",
        "scm_repository": "myorg/api-service",
        "build_url": "https://github.com/myorg/api-service/actions/runs/456",
        "invoke_id": "456",
        "built_by": "github-actions",
        "built_by_email": "ci@myorg.com",
        "built_by_name": "GitHub Actions",
        "started_at": "2025-10-23T10:00:00Z",
        "completed_at": "2025-10-23T10:05:00Z",
        "extra_metadata": '{"docker_image": "myorg/api-service:1.2.3", "big": 123456789012345678}',
    }
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in example.items()]

    by_flags = await track("build", *flags)
    variables = {f"VERSIONER_{name.upper()}": value for name, value in example.items()}
    by_variables = await track("build", **variables)
    ours = {f"DELTA_CI_TRACK_{name.upper()}": value for name, value in example.items()}
    by_ours = await track("build", **ours)

    assert [by_flags.code, by_variables.code, by_ours.code] == [0, 0, 0]
    bodies = [json.loads(each.body) for each in api.requests]
    expected = {**example, "product_name": "api-service"}
    del expected["product"]
    expected["extra_metadata"] = json.loads(example["extra_metadata"])
    assert bodies == [expected] * 3


async def test_every_invocation_has_a_key_of_its_own_unless_it_is_given_one(
    api: ScriptedApi, track: Track
) -> None:
    api.answer(BUILD, EVENT)
    for arguments in ((), (), ("--idempotency-key", "mine")):
        await track("build", *arguments, **SYSTEMS["github"])
    first, second, third = (each.headers["idempotency-key"] for each in api.received(BUILD))
    assert first != second
    assert third == "mine"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
async def test_a_terminal_without_the_marks_gets_the_words(
    api: ScriptedApi, track: Track, encoding: str
) -> None:
    api.answer(BUILD, EVENT)
    ran = await track("build", "--product", "api", "--version", "1", PYTHONIOENCODING=encoding)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "? Build event tracked successfully")
