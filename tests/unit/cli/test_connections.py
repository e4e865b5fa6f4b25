import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import typer

from deltaci.cli.exits import MEANINGS, ExitCode
from deltaci.cli.main import app
from deltaci.local.endpoints import Endpoints, write_endpoints
from deltaci.testing.answers import run_answer
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

SHOW = ("run", "show", "run_1", "--json")
ROUTE = "GET /api/v1/runs/run_1"


def local_stack(folder: Path, url: str) -> None:
    (folder / ".delta-ci").mkdir()
    endpoints = Endpoints(url, "127.0.0.1:7233", "", str(folder), "local-secret")
    write_endpoints(folder / ".delta-ci/local.json", endpoints)


async def test_a_refusal_exits_4_with_its_code(api: ScriptedApi, delta_ci: Command) -> None:
    api.refuse(ROUTE, 403, "FORBIDDEN", "not \x1b[31myours")
    ran = await delta_ci(*SHOW)
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "refused (FORBIDDEN): not \\x1b[31myours\n"


async def test_a_refusal_names_the_faults_of_the_request(
    api: ScriptedApi, delta_ci: Command
) -> None:
    faults = [{"field": "query.state", "problem": "should be PENDING or FAILED"}, "odd"]
    api.refuse(ROUTE, 400, "INVALID_REQUEST", "the request is not valid", fields=faults)
    ran = await delta_ci(*SHOW)
    assert ran.err.splitlines() == [
        "refused (INVALID_REQUEST): the request is not valid",
        "query.state: should be PENDING or FAILED",
    ]


async def test_no_server_exits_5(delta_ci: Command) -> None:
    ran = await delta_ci(*SHOW, "--url", "http://127.0.0.1:1")
    assert (ran.code, ran.out) == (5, "")
    assert "cannot reach http://127.0.0.1:1" in ran.err


async def test_no_address_exits_5_and_says_what_to_do(
    delta_ci: Command, unconnected: Mapping[str, str]
) -> None:
    ran = await delta_ci(*SHOW, environment=unconnected)
    assert ran.code == 5
    assert "delta-ci up" in ran.err


@pytest.mark.parametrize("arguments", [("run", "show"), ("nonsense",), (*SHOW, "--url", "ftp://x")])
async def test_wrong_usage_exits_2(delta_ci: Command, arguments: tuple[str, ...]) -> None:
    assert (await delta_ci(*arguments)).code == 2


async def test_the_local_stack_is_found_in_its_folder(
    api: ScriptedApi, delta_ci: Command, unconnected: Mapping[str, str], tmp_path: Path
) -> None:
    local_stack(tmp_path, api.url)
    api.answer(ROUTE, run_answer("RUNNING"))
    assert (await delta_ci(*SHOW, environment=unconnected)).code == 0
    assert api.requests[0].headers["authorization"] == "Bearer local-secret"


async def test_the_local_credential_goes_nowhere_else(
    api: ScriptedApi, delta_ci: Command, unconnected: Mapping[str, str], tmp_path: Path
) -> None:
    local_stack(tmp_path, "http://127.0.0.1:1")
    api.answer(ROUTE, run_answer("RUNNING"))
    await delta_ci(*SHOW, "--url", api.url, environment=unconnected)
    assert "authorization" not in api.requests[0].headers


async def test_a_token_is_printed_alone(api: ScriptedApi, delta_ci: Command) -> None:
    issued = {
        "token": "t.t.t",
        "issuer": "delta-ci",
        "subject": "r1",
        "roles": ["runner"],
        "expires_at": "2026-01-01T00:00:00.000Z",
    }
    api.answer("POST /api/v1/tokens", issued)
    arguments = ("token", "issue", "--role", "runner", "--subject", "r1", "--ttl-minutes", "5")
    assert (await delta_ci(*arguments)).out == "t.t.t\n"
    assert json.loads((await delta_ci(*arguments, "--json")).out) == issued
    sent = {"subject": "r1", "roles": ["runner"], "ttl_minutes": 5}
    assert json.loads(api.requests[0].body) == sent


async def test_a_runners_token_may_be_limited(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("POST /api/v1/tokens", {"token": "t.t.t"})
    limits = ("--label", "gpu", "--label", "big", "--repo", "acme/shop")
    await delta_ci("token", "issue", "--role", "runner", "--subject", "r1", *limits)
    sent = json.loads(api.requests[0].body)
    assert (sent["labels"], sent["repos"]) == (["gpu", "big"], ["acme/shop"])


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("project", "{here}/project"),
        ("./project/", "{here}/project"),
        ("https://example.org/p.git", "https://example.org/p.git"),
        ("git@example.org:p.git", "git@example.org:p.git"),
    ],
)
async def test_a_relative_path_becomes_absolute(
    api: ScriptedApi, delta_ci: Command, tmp_path: Path, given: str, sent: str
) -> None:
    (tmp_path / "project").mkdir()
    wanted = sent.format(here=tmp_path)
    demo = {"repo_id": "demo", "url": wanted, "default_branch": "main", "created_at": "t"}
    api.answer("POST /api/v1/repositories", demo)
    ran = await delta_ci("repo", "add", "demo", "--url", given)
    assert ran.out == f"demo  main  {wanted}\n"
    assert json.loads(api.requests[0].body)["url"] == wanted


async def test_repositories_are_listed_and_shown(api: ScriptedApi, delta_ci: Command) -> None:
    demo = {"repo_id": "team/demo", "url": "/d", "default_branch": "main", "created_at": "t"}
    api.answer("GET /api/v1/repositories", {"repositories": [demo], "next_cursor": None})
    api.answer("GET /api/v1/repositories/team/demo", demo)
    assert (await delta_ci("repo", "list")).out == "team/demo  main  /d\n"
    assert json.loads((await delta_ci("repo", "list", "--json")).out) == {"repositories": [demo]}
    assert json.loads((await delta_ci("repo", "show", "team/demo", "--json")).out) == demo


async def test_the_doctor_says_what_to_do(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("GET /healthz", {"status": "ok"})
    api.refuse("GET /api/v1/runs", 401, "UNAUTHORIZED", "the access token is not valid")
    ran = await delta_ci("doctor", "--json")
    report = json.loads(ran.out)
    found = {finding["name"]: finding for finding in report["findings"]}
    assert ran.code == 1
    assert not report["healthy"]
    assert found["git"]["status"] == "ok"
    assert found["server"] == {
        "name": "server",
        "status": "problem",
        "found": "the access token is not valid",
        "advice": "",
    }


async def test_the_doctor_is_content_without_a_server(
    delta_ci: Command, unconnected: Mapping[str, str]
) -> None:
    ran = await delta_ci("doctor", environment=unconnected)
    assert ran.code == 0
    assert "· server" in ran.out


async def test_the_version_is_told(delta_ci: Command) -> None:
    assert set(json.loads((await delta_ci("version", "--json")).out)) == {"version", "python"}


def commands() -> dict[str, set[str]]:
    found = {}
    pending = [("delta-ci", typer.main.get_command(app))]
    while pending:
        name, command = pending.pop()
        children = getattr(command, "commands", {})
        pending += [(f"{name} {child}", each) for child, each in children.items()]
        if not children:
            found[name] = {option for each in command.params for option in each.opts}
    return found


def test_every_command_can_print_json() -> None:
    assert {name for name, options in commands().items() if "--json" not in options} == set()


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(ExitCode)
