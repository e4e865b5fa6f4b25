import ast
import json
from typing import Any

import pytest

from deltaci.testing.ci_job import BUILD, REGISTER_BUILD, register_build
from deltaci.testing.scripted_api import ScriptedApi
from scripts.ci.register_build import LONGEST_PAUSE_SECONDS

WHOAMI, REGISTER = "GET /v1/whoami", "POST /v1/builds/register"
REGISTERED = {"id": "b1", "ci_publisher": "github"}
URLS = ("--commit-url", "https://git.example.test/c", "--run-url", "https://ci.example.test/42")
LINE = (
    "registered service=demo-service version=1.2.3 "
    "artifactRef=s3://artifact-bucket/demo-service/demo-service-1.2.3.zip "
    "idempotency_key=github-42-demo-service-1.2.3 ci_publisher=github "
    "idempotency_replayed={replayed} metadata_mode={mode}\n"
)
BODY = {
    "service": "demo-service",
    "version": "1.2.3",
    "artifactRef": "s3://artifact-bucket/demo-service/demo-service-1.2.3.zip",
    "git_sha": "0123abc",
    "git_branch": "main",
    "ci_provider": "github",
    "ci_run_id": "42",
    "built_at": "2026-02-27T00:00:00Z",
}


def refusal(code: Any, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"code": code, "error_code": code, "message": message, "request_id": "req-1", **more}


@pytest.fixture
def environment(api: ScriptedApi) -> dict[str, str]:
    api.answer(WHOAMI, {"sub": "repo:acme/demo", "iss": "i", "aud": ["a"], "azp": None})
    return {"DXCP_API_BASE": f"{api.url}/", "DXCP_TOKEN": "the-token"}


def bodies(api: ScriptedApi) -> list[Any]:
    return [json.loads(each.body) for each in api.received(REGISTER)]


def test_it_runs_on_python_3_8() -> None:
    ast.parse(REGISTER_BUILD.read_text(), feature_version=(3, 8))
    assert REGISTER_BUILD.stat().st_mode & 0o111


async def test_a_build_is_registered_with_the_default_key(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.answer(REGISTER, REGISTERED, status=201, idempotency_replayed="false")

    ran = await register_build("--repo", "acme/demo", "--actor", "", environment=environment)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == LINE.format(replayed="false", mode="without_metadata")
    asked, sent = api.requests
    assert (asked.path, asked.headers["authorization"]) == ("/v1/whoami", "Bearer the-token")
    assert json.loads(sent.body) == BODY | {"repo": "acme/demo"}
    assert sent.headers["authorization"] == "Bearer the-token"
    assert sent.headers["idempotency-key"] == "github-42-demo-service-1.2.3"
    assert sent.headers["content-type"] == "application/json"


async def test_an_equivalent_build_counts_and_a_missing_header_is_said(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.answer(REGISTER, REGISTERED)

    ran = await register_build(*URLS, environment=environment)

    assert ran.out == LINE.format(replayed="missing", mode="with_metadata")


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1//"])
async def test_the_base_may_end_with_v1_and_slashes(
    api: ScriptedApi, environment: dict[str, str], base: str
) -> None:
    api.answer(REGISTER, REGISTERED)

    ran = await register_build(environment=environment | {"DXCP_API_BASE": api.url + base})

    assert ran.code == 0


@pytest.mark.parametrize("code", ["INVALID_REQUEST", "INVALID_BUILD_REGISTRATION", "INVALID_URL"])
async def test_a_refused_build_is_sent_once_more_without_urls_with_the_same_key(
    api: ScriptedApi, environment: dict[str, str], code: str
) -> None:
    api.answer(REGISTER, refusal(code), status=400)
    api.answer(REGISTER, REGISTERED, status=201, idempotency_replayed="false")

    ran = await register_build(*URLS, environment=environment)

    assert ran.out == LINE.format(replayed="false", mode="without_metadata")
    assert bodies(api) == [BODY | {"commit_url": URLS[1], "run_url": URLS[3]}, BODY]
    assert len({each.headers["idempotency-key"] for each in api.received(REGISTER)}) == 1


@pytest.mark.parametrize(
    ("status", "code", "more"),
    [
        (400, "INVALID_REQUEST", ()),
        (400, "INVALID_REQUEST", (*URLS, "--metadata-fallback-mode", "off")),
        (400, "INVALID_VERSION", URLS),
        (409, "BUILD_REGISTRATION_CONFLICT", URLS),
        (422, "INVALID_REQUEST", URLS),
        (400, ["INVALID_REQUEST"], URLS),
    ],
)
async def test_nothing_else_is_sent_once_more(
    api: ScriptedApi, environment: dict[str, str], status: int, code: Any, more: tuple[str, ...]
) -> None:
    details = {"missing_fields": ["git_sha"]}
    api.answer(REGISTER, refusal(code, "why not", details=details), status=status)

    ran = await register_build(*more, environment=environment)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"ERROR: Build registration failed: HTTP {status} {code} why not")
    assert "git_sha" in ran.err
    assert "request_id=req-1" in ran.err
    assert len(bodies(api)) == 1


async def test_the_fallback_happens_only_once(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.answer(REGISTER, refusal("INVALID_REQUEST"), status=400)

    assert (await register_build(*URLS, environment=environment)).code == 1
    assert len(bodies(api)) == 2


async def test_who_was_refused_is_said_where_the_allowlist_decides(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.answer(REGISTER, refusal("CI_ONLY"), status=403)

    ran = await register_build(environment=environment)

    assert "sub='repo:acme/demo' iss='i' aud=['a'] azp=None" in ran.err


@pytest.mark.parametrize("document", [{}, {"ci_publisher": None}, [], b"<html>"])
async def test_an_answer_without_a_publisher_is_no_success(
    api: ScriptedApi, environment: dict[str, str], document: Any
) -> None:
    api.answer(REGISTER, document)

    ran = await register_build(environment=environment)

    assert (ran.code, ran.out) == (1, "")
    assert "missing ci_publisher" in ran.err


async def test_a_caller_who_is_not_known_registers_nothing(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    async with ScriptedApi() as other:
        other.answer(WHOAMI, refusal("UNAUTHORIZED", "expired"), status=401)
        ran = await register_build(environment=environment | {"DXCP_API_BASE": other.url})

    assert (ran.code, ran.err) == (
        1,
        "ERROR: GET /whoami failed: HTTP 401 UNAUTHORIZED expired request_id=req-1\n",
    )
    assert len(other.requests) == 1


async def test_what_passes_by_itself_is_tried_again_with_the_same_key(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.hang_up(REGISTER)
    api.answer(REGISTER, refusal("RATE_LIMITED"), status=429, retry_after="0")
    api.answer(REGISTER, b"<html>", status=502)
    api.answer(REGISTER, REGISTERED, status=201, idempotency_replayed="true")

    ran = await register_build(environment=environment)

    assert ran.out == LINE.format(replayed="true", mode="without_metadata")
    assert ran.err.count("trying again") == 3
    assert bodies(api) == [BODY] * 4
    assert len({each.headers["idempotency-key"] for each in api.received(REGISTER)}) == 1


async def test_it_gives_up_with_what_was_said_last(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    api.answer(REGISTER, refusal("MUTATIONS_DISABLED", "closed"), status=503)

    ran = await register_build("--attempts", "3", environment=environment)

    assert ran.code == 1
    assert "HTTP 503 MUTATIONS_DISABLED closed" in ran.err
    assert len(bodies(api)) == 3


async def test_it_does_not_wait_for_tomorrow(api: ScriptedApi, environment: dict[str, str]) -> None:
    wait = str(int(LONGEST_PAUSE_SECONDS) + 1)
    api.answer(REGISTER, refusal("QUOTA_EXCEEDED"), status=429, retry_after=wait)

    ran = await register_build(environment=environment)

    assert "HTTP 429 QUOTA_EXCEEDED" in ran.err
    assert len(bodies(api)) == 1


async def test_nobody_there_is_a_sentence(environment: dict[str, str]) -> None:
    nobody = environment | {"DXCP_API_BASE": "http://127.0.0.1:1"}

    ran = await register_build("--attempts", "2", environment=nobody)

    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("ERROR: no answer from 127.0.0.1:1: ")


async def test_a_dry_run_shows_the_request_and_needs_neither_token_nor_network(
    api: ScriptedApi,
) -> None:
    ran = await register_build("--dry-run", environment={"DXCP_API_BASE": "https://api.test/v1"})

    assert ran.code == 0
    assert json.loads(ran.out) == {
        "method": "POST",
        "url": "https://api.test/v1/builds/register",
        "headers": {"Idempotency-Key": "github-42-demo-service-1.2.3"},
        "body": BODY,
    }
    assert api.requests == []


async def test_other_providers_bring_their_key(
    api: ScriptedApi, environment: dict[str, str]
) -> None:
    flags = BUILD | {"--ci-provider": "gitlab"}
    api.answer(REGISTER, REGISTERED)

    without = await register_build(environment=environment, flags=flags)
    given = await register_build(
        "--idempotency-key", "gitlab-7", environment=environment, flags=flags
    )

    assert without.err == "ERROR: Provide --idempotency-key for non-github ci-provider values\n"
    assert "idempotency_key=gitlab-7" in given.out
    assert [each.headers["idempotency-key"] for each in api.received(REGISTER)] == ["gitlab-7"]


@pytest.mark.parametrize(
    ("flags", "more"),
    [
        (BUILD | {"--git-sha": " "}, ()),
        ({"--service": "demo-service"}, ()),
        (BUILD, ("--metadata-fallback-mode", "on")),
        (BUILD, ("--idem", "abbreviated")),
    ],
)
async def test_a_wrong_command_line_ends_with_2(
    environment: dict[str, str], flags: dict[str, str], more: tuple[str, ...]
) -> None:
    assert (await register_build(*more, environment=environment, flags=flags)).code == 2
