import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.ci_job import BUILD, register_build
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

BUILDS = "/v1/builds"
REGISTER = ("build", "register", *(part for flag in BUILD.items() for part in flag))
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
KEY = "github-42-demo-service-1.2.3"


PROVENANCE = {
    "build_id": "b1",
    "service": "demo-service",
    "version": "1.2.3",
    "verification": "verified",
    "signature": {
        "state": "verified",
        "identity": "ci@acme.test",
        "issuer": "https://issuer.test",
    },
    "artifact": {
        "artifact_id": 1,
        "job": "package",
        "path": "demo.zip",
        "sha256": "0123abcd",
        "size_bytes": 3,
    },
    "run": {
        "run_id": "run_1",
        "repo_id": "acme/demo",
        "ref": "refs/heads/main",
        "commit_sha": "0123abc",
        "kind": "webhook",
        "created_by": "webhook:github",
        "plan_id": "plan_1",
        "plan_source": "config",
        "plan_fingerprint": "sha256:b",
        "trigger": {"provider": "github", "event_type": "push", "sender": "ada\u001b[31m"},
        "jobs": [
            {"name": "lint", "run_id": "r", "required": False, "state": "FAILED", "attempts": 2}
        ],
    },
}
PROVENANCE_TOLD = """\
build: b1
version: demo-service 1.2.3
verification: verified
signature: verified by ci@acme.test of https://issuer.test
made_by: run_1
artifact: demo.zip of package sha256=0123abcd
commit: acme/demo refs/heads/main @ 0123abc
run: webhook by webhook:github
event: github push by ada\\x1b[31m
plan: config sha256:b plan_1
job: lint FAILED attempts=2 optional
"""


def built(**fields: Any) -> dict[str, Any]:
    registered = {"id": "b1", "ci_publisher": "github", "registeredAt": "t", "repo": None}
    return BODY | registered | fields


async def test_registering_says_what_the_stand_alone_helper_says(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer("GET /v1/whoami", {"sub": "s"})
    api.answer(f"POST {BUILDS}/register", built(), status=201, idempotency_replayed="false")

    ours = await delta_ci(*REGISTER)
    helper = await register_build(environment={"DXCP_API_BASE": api.url, "DXCP_TOKEN": "a-token"})

    assert (ours.code, ours.out) == (0, helper.out)
    first, second = api.received(f"POST {BUILDS}/register")
    assert json.loads(first.body) == json.loads(second.body) == BODY
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == KEY


async def test_a_build_is_registered_without_its_urls_when_they_are_refused(
    api: ScriptedApi, delta_ci: Command
) -> None:
    refusal = {"code": "INVALID_REQUEST", "message": "commit_url"}
    api.answer(f"POST {BUILDS}/register", refusal, refusal, status=400)
    api.answer(f"POST {BUILDS}/register", built())
    url = ("--commit-url", "nonsense")

    refused = await delta_ci(*REGISTER, *url, "--no-fallback")
    registered = await delta_ci(*REGISTER, *url, "--json")

    assert (refused.code, refused.err) == (4, "refused (INVALID_REQUEST): commit_url\n")
    assert json.loads(registered.out) == built()
    assert [json.loads(each.body).get("commit_url") for each in api.requests] == [
        *("nonsense", "nonsense"),
        None,
    ]


async def test_a_dry_run_asks_nobody(api: ScriptedApi, delta_ci: Command) -> None:
    ran = await delta_ci(*REGISTER, "--repo", "acme/demo", "--dry-run", environment={})

    assert json.loads(ran.out) == {
        "POST": "/v1/builds/register",
        "Idempotency-Key": KEY,
        "body": BODY | {"repo": "acme/demo"},
    }
    assert api.requests == []


async def test_other_providers_bring_their_key(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {BUILDS}/register", built())

    without = await delta_ci(*REGISTER, "--ci-provider", "gitlab")
    given = await delta_ci(*REGISTER, "--ci-provider", "gitlab", "--idempotency-key", "k-7")

    assert (without.code, given.code) == (2, 0)
    assert [each.headers["idempotency-key"] for each in api.requests] == ["k-7"]


async def test_builds_are_listed_by_page(api: ScriptedApi, delta_ci: Command) -> None:
    page = {"builds": [built(service="a\x1b[2J")], "next_cursor": "c2"}
    api.answer(f"GET {BUILDS}", page)

    ran = await delta_ci("build", "list", "--git-sha", "a", "--publisher", "github")

    assert ran.out == f"t  a\\x1b[2J  1.2.3  0123abc  github  {BODY['artifactRef']}\n"
    assert "--cursor c2" in ran.err
    (request,) = api.requests
    assert request.query == {"git_sha": "a", "ci_publisher": "github", "limit": "20"}
    assert json.loads((await delta_ci("build", "list", "--json")).out) == page


@pytest.mark.parametrize(
    ("arguments", "route", "query"),
    [
        (("demo", "1.2.3"), f"GET {BUILDS}", {"service": "demo", "version": "1.2.3"}),
        (("b1",), f"GET {BUILDS}/b1", {}),
    ],
)
async def test_a_build_is_shown_by_version_or_by_id(
    api: ScriptedApi,
    delta_ci: Command,
    arguments: tuple[str, ...],
    route: str,
    query: dict[str, str],
) -> None:
    api.answer(route, built())
    api.answer(f"GET {BUILDS}/b1/provenance", PROVENANCE)

    shown = await delta_ci("build", "show", *arguments)
    as_json = await delta_ci("build", "show", *arguments, "--json")

    assert "ci_publisher: github\n" in shown.out
    assert "repo" not in shown.out
    assert shown.out.endswith(
        "verification: verified\nsignature: verified by ci@acme.test of https://issuer.test\n"
        "made_by: run_1\n"
    )
    assert json.loads(as_json.out) == built()
    assert api.received(route)[0].query == query


async def test_a_version_that_nobody_registered_exits_4(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {BUILDS}", {"code": "NOT_FOUND", "message": "no such build"}, status=404)

    ran = await delta_ci("build", "show", "demo", "9.9.9")

    assert (ran.code, ran.err) == (4, "refused (NOT_FOUND): no such build\n")


async def test_how_a_build_was_made_is_told(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {BUILDS}/b1/provenance", PROVENANCE)

    told = await delta_ci("build", "provenance", "b1")
    as_json = await delta_ci("build", "provenance", "b1", "--json")

    assert told.out == PROVENANCE_TOLD
    assert json.loads(as_json.out) == PROVENANCE


async def test_a_build_of_others_says_that_only_their_word_counts(
    api: ScriptedApi, delta_ci: Command
) -> None:
    signature = {"state": "failed", "reason": "it signs another artifact"}
    others = {**PROVENANCE, "signature": signature}
    del others["run"], others["artifact"]
    api.answer(f"GET {BUILDS}/b1/provenance", others)

    told = await delta_ci("build", "provenance", "b1")

    assert "signature: failed because it signs another artifact\n" in told.out
    assert told.out.endswith("run: none of ours; the publisher's word counts\n")
