"""`delta-ci deploy`, `promote`, `rollback` and `deployment`, against a scripted API."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.cli.exits import ExitCode
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

DEPLOYMENTS = "/v1/deployments"
ASKED: dict[str, Any] = {
    "id": "d1",
    "service": "shop",
    "version": "1.4.0",
    "environment": "production",
    "state": "PENDING",
    "outcome": None,
    "deploymentKind": "ROLL_FORWARD",
    "waitsFor": {"codes": ["APPROVAL_REQUIRED"]},
    "failures": [],
    "stateReason": "",
}
GOES_ON = ASKED | {"waitsFor": None}
BEGUN = GOES_ON | {"state": "ACTIVE"}
FAILED = GOES_ON | {
    "state": "FAILED",
    "outcome": "FAILED",
    "failures": [{"category": "APP", "summary": "it was not well"}],
}
CANCELED = GOES_ON | {"state": "CANCELED", "outcome": "CANCELED", "stateReason": "by ada"}
VIOLATIONS = [
    {"code": "VERSION_NOT_FOUND", "message": "not registered"},
    {
        "code": "NO_DEPLOY_WINDOW",
        "message": "frozen",
        "retry_after": "2026-01-05T06:00:00Z",
        "override_roles": ["admin"],
    },
]


async def test_a_deployment_is_asked_for_once_under_its_key(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"POST {DEPLOYMENTS}", ASKED, status=201)

    ran = await delta_ci(
        "deploy", "shop", "1.4.0", "--to", "production", "-m", "new", "--idempotency-key", "k1",
        "--now",
    )  # fmt: skip

    assert (
        ran.out == "d1 PENDING shop 1.4.0 -> production ROLL_FORWARD waits for APPROVAL_REQUIRED\n"
    )
    (sent,) = api.received(f"POST {DEPLOYMENTS}")
    assert sent.headers["idempotency-key"] == "k1"
    assert json.loads(sent.body) == {
        "service": "shop",
        "environment": "production",
        "version": "1.4.0",
        "changeSummary": "new",
        "wait": False,
    }


async def test_all_that_stands_against_a_deployment_is_told(
    api: ScriptedApi, delta_ci: Command
) -> None:
    refusal = {"code": "VERSION_NOT_FOUND", "message": "not registered"}
    details = {"details": {"violations": VIOLATIONS}}
    api.answer(f"POST {DEPLOYMENTS}/validate", refusal | details, status=400)

    ran = await delta_ci("deploy", "shop", "9.9.9", "--to", "production", "--dry-run")

    assert ran.code == ExitCode.REFUSED
    assert "VERSION_NOT_FOUND" in ran.err
    assert "NO_DEPLOY_WINDOW: frozen; passes at 2026-01-05T06:00:00Z" in ran.err
    assert "admin may override" in ran.err
    assert api.received(f"POST {DEPLOYMENTS}") == []


async def test_a_promotion_names_both_environments(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("POST /v1/promotions", GOES_ON, status=201)

    assert (
        await delta_ci("promote", "shop", "1.4.0", "--from", "staging", "--to", "production")
    ).code == 0

    (sent,) = api.received("POST /v1/promotions")
    body = json.loads(sent.body)
    assert (body["source_environment"], body["target_environment"]) == ("staging", "production")
    assert sent.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("ended", "code"), [(FAILED, ExitCode.FAILED), (CANCELED, ExitCode.CANCELED)]
)
async def test_whoever_waits_ends_with_the_outcome(
    api: ScriptedApi, delta_ci: Command, ended: dict[str, Any], code: ExitCode
) -> None:
    api.answer(f"POST {DEPLOYMENTS}/d0/rollback", BEGUN, status=201)
    api.answer(f"GET {DEPLOYMENTS}/d1", ended)

    ran = await delta_ci("rollback", "d0", "--wait")

    assert ran.code == code
    assert [line.split()[1] for line in ran.out.splitlines()] == ["ACTIVE", ended["outcome"]]


@pytest.mark.parametrize("command", [("deployment", "approve"), ("approve", "deployment")])
async def test_a_deployment_is_approved_of(
    api: ScriptedApi, delta_ci: Command, command: tuple[str, ...]
) -> None:
    api.answer(f"POST {DEPLOYMENTS}/d1/approvals", ASKED)

    ran = await delta_ci(*command, "d1", "-m", "seen")

    assert ran.out == "approved: shop 1.4.0 -> production\n"
    (sent,) = api.received(f"POST {DEPLOYMENTS}/d1/approvals")
    assert json.loads(sent.body) == {"verdict": "approved", "comments": "seen"}


async def test_a_pin_is_released_with_a_reason(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("POST /v1/services/shop/release-pin", {})

    ran = await delta_ci("deployment", "release", "shop", "production", "--reason", "mended")

    assert ran.code == 0
    (sent,) = api.received("POST /v1/services/shop/release-pin")
    assert json.loads(sent.body) == {"reason": "mended"}


PROOF: dict[str, Any] = {
    "deployment": {**ASKED, "state": "SUCCEEDED", "asked_by": "ada"},
    "approvals": [{"actor": "grace", "role": "release_manager", "verdict": "approved"}],
    "registration": {
        "ci_publisher": "delta-ci",
        "artifact_ref": "s3://artifacts/shop.zip",
        "git_sha": "0123456789abcdef",
        "git_branch": "main",
    },
    "run": {
        "run_id": "run_1",
        "state": "SUCCEEDED",
        "jobs": [{"name": "package", "state": "SUCCEEDED", "reason": "declared"}],
        "plan": {"skipped_jobs": [{"name": "docs", "reason": "not reached"}]},
    },
    "gaps": ["nobody looked at the artifact"],
}


async def test_a_proof_walks_back_to_the_change(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {DEPLOYMENTS}/d1/proof", PROOF)

    assert (await delta_ci("deployment", "proof", "d1")).out.splitlines() == [
        "shop 1.4.0 -> production: SUCCEEDED",
        "asked by ada",
        "approved by grace (release_manager)",
        "registered by delta-ci: s3://artifacts/shop.zip",
        "built from 0123456789ab of main",
        "by run run_1: SUCCEEDED",
        "job package: SUCCEEDED, declared",
        "job docs: skipped, not reached",
        "not known: nobody looked at the artifact",
    ]


async def test_a_proof_for_others_is_a_statement(api: ScriptedApi, delta_ci: Command) -> None:
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": "", "signatures": []}
    api.answer(f"GET {DEPLOYMENTS}/d1/proof", envelope)

    assert json.loads((await delta_ci("deployment", "proof", "d1", "--in-toto")).out) == envelope
    (sent,) = api.received(f"GET {DEPLOYMENTS}/d1/proof")
    assert sent.query == {"format": "in-toto"}


async def test_deployments_are_listed_with_the_way_to_more(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {DEPLOYMENTS}", [ASKED], x_next_cursor="c2")

    ran = await delta_ci("deployment", "list", "--service", "shop")

    assert ran.out.startswith("d1 PENDING shop")
    assert "--cursor c2" in ran.err
    shown = json.loads((await delta_ci("deployment", "list", "--json")).out)
    assert shown == {"deployments": [ASKED], "next_cursor": "c2"}


async def test_a_timeline_names_who_did_what(api: ScriptedApi, delta_ci: Command) -> None:
    moment = {"key": "approved", "label": "Approved", "occurredAt": "t", "actor": "grace"}
    api.answer(f"GET {DEPLOYMENTS}/d1/timeline", [moment | {"detail": {}}])

    assert "Approved" in (await delta_ci("deployment", "timeline", "d1")).out
    assert json.loads((await delta_ci("deployment", "timeline", "d1", "--json")).out)


async def test_a_deployment_is_canceled_or_rejected(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {DEPLOYMENTS}/d1/cancel", CANCELED)
    api.answer(f"POST {DEPLOYMENTS}/d1/approvals", CANCELED)

    assert "by ada" in (await delta_ci("deployment", "cancel", "d1")).out
    assert json.loads((await delta_ci("deployment", "cancel", "d1", "--json")).out) == CANCELED
    assert (await delta_ci("deployment", "reject", "d1", "-m", "no")).code == 0
    (sent,) = api.received(f"POST {DEPLOYMENTS}/d1/approvals")
    assert json.loads(sent.body)["verdict"] == "rejected"


async def test_a_deployment_that_could_go_in_is_said_to(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer("POST /v1/promotions/validate", {"versionEligible": True})
    words = ("promote", "shop", "1.4.0", "--from", "dev", "--to", "production", "--dry-run")

    assert (await delta_ci(*words)).out == "nothing stands against it\n"
    assert json.loads((await delta_ci(*words, "--json")).out) == {"versionEligible": True}
