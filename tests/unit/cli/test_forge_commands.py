import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi

Command = Callable[..., Awaitable[Ran]]

REPOSITORIES = "/api/v1/repositories"
WEBHOOKS = "/api/v1/webhooks"
SECRET, TOKEN = "webhook-secret-1", "forge-token-1"
DEMO = {"repo_id": "demo", "url": "/srv/demo", "default_branch": "main", "created_at": "t"}
LINKED = DEMO | {"provider": "github", "full_name": "acme/demo"}
ADD = ("repo", "add", "demo", "--url", "/srv/demo")


def delivery(**fields: Any) -> dict[str, Any]:
    return {
        "id": "delivery_1",
        "provider": "github",
        "event": "push",
        "full_name": "acme/demo",
        "repo_id": "demo",
        "ref": "refs/heads/main",
        "pr_number": None,
        "outcome": "RUN_CREATED",
        "reason": "",
        "run_id": "run_1",
        "received_at": "2026-01-01T00:00:00.000Z",
        **fields,
    }


async def test_secrets_of_a_repository_are_read_line_by_line(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"POST {REPOSITORIES}", LINKED)

    ran = await delta_ci(
        *(*ADD, "--provider", "github", "--webhook-secret-stdin", "--token-stdin"),
        lines=f"{SECRET}\n{TOKEN}\n",
    )

    assert (ran.code, ran.out) == (0, "demo  main  /srv/demo  github acme/demo\n")
    (request,) = api.requests
    assert json.loads(request.body) == {
        "repo_id": "demo",
        "url": "/srv/demo",
        "default_branch": "main",
        "provider": "github",
        "webhook_secret": SECRET,
        "token": TOKEN,
    }


async def test_a_token_alone_is_the_only_line(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {REPOSITORIES}", LINKED)

    options = ("--provider", "gitea", "--full-name", "acme/demo", "--token-stdin")
    await delta_ci(*ADD, *options, lines=TOKEN)

    sent = json.loads(api.requests[0].body)
    assert (sent["provider"], sent["full_name"], sent["token"]) == ("gitea", "acme/demo", TOKEN)
    assert "webhook_secret" not in sent


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--webhook-secret-stdin",), "--provider"),
        (("--full-name", "acme/demo"), "--provider"),
        (("--provider", "cvs"), "cvs"),
        (("--provider", "github", "--webhook-secret-stdin"), "must be the webhook secret"),
    ],
)
async def test_a_link_that_makes_no_sense_is_a_usage_error(
    api: ScriptedApi, delta_ci: Command, options: tuple[str, ...], complaint: str
) -> None:
    ran = await delta_ci(*ADD, *options)

    assert ran.code == 2
    assert complaint in ran.err
    assert api.requests == []


async def test_a_refused_link_is_no_success_although_the_repository_is_there(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.refuse(f"POST {REPOSITORIES}", 409, "INVALID_STATE", "linked already")
    api.answer(f"GET {REPOSITORIES}/demo", DEMO)

    assert (await delta_ci(*ADD)).code == 0
    assert (await delta_ci(*ADD, "--provider", "github")).code == 4


async def test_deliveries_are_listed_with_their_run_or_the_reason(
    api: ScriptedApi, delta_ci: Command
) -> None:
    draft = delivery(outcome="IGNORED", run_id=None, reason="draft\x1b[2J", pr_number=7)
    page = {"deliveries": [delivery(), draft], "next_cursor": "c2"}
    api.answer(f"GET {WEBHOOKS}/deliveries", page)

    ran = await delta_ci("webhook", "list", "--repo", "demo", "--outcome", "IGNORED")

    assert [line.split("  ")[2:] for line in ran.out.splitlines()] == [
        ["github push", "demo refs/heads/main", "RUN_CREATED", "run_1"],
        ["github push", "demo #7", "IGNORED", r"draft\x1b[2J"],
    ]
    assert "--cursor c2" in ran.err
    assert api.requests[0].query == {"repo": "demo", "outcome": "IGNORED", "limit": "20"}
    assert json.loads((await delta_ci("webhook", "list", "--json")).out) == page


async def test_a_delivery_is_looked_at_again(api: ScriptedApi, delta_ci: Command) -> None:
    accepted = {"outcome": "DUPLICATE", "run_id": "run_1", "state": "CREATED"}
    api.answer(f"POST {WEBHOOKS}/deliveries/delivery_1/redeliver", accepted)

    assert (await delta_ci("webhook", "redeliver", "delivery_1")).out == "DUPLICATE run_1\n"
    as_json = await delta_ci("webhook", "redeliver", "delivery_1", "--json")
    assert json.loads(as_json.out) == accepted


async def test_a_webhook_is_tried_out_with_the_secret_of_standard_input(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {REPOSITORIES}/demo", LINKED)
    api.answer(f"POST {WEBHOOKS}/github", {"outcome": "IGNORED", "reason": "ping"}, status=202)

    ran = await delta_ci("webhook", "test", "demo", lines=f"{SECRET}\n")

    assert (ran.code, ran.out.partition(":")[0]) == (0, "accepted")
    (request,) = api.received(f"POST {WEBHOOKS}/github")
    digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={digest}"
    assert json.loads(request.body) == {"repository": {"full_name": "acme/demo"}}


async def test_a_wrong_secret_is_told_by_the_exit_code(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {REPOSITORIES}/demo", LINKED)
    api.refuse(f"POST {WEBHOOKS}/github", 401, "UNAUTHORIZED", "not signed by a known secret")

    ran = await delta_ci("webhook", "test", "demo", lines=SECRET)

    assert (ran.code, ran.out) == (4, "")
    assert SECRET not in ran.err


async def test_a_repository_without_a_forge_has_no_webhook(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer(f"GET {REPOSITORIES}/demo", DEMO)

    ran = await delta_ci("webhook", "test", "demo", lines=SECRET)

    assert ran.code == 1
    assert "--provider" in ran.err


async def test_secrets_are_rotated(api: ScriptedApi, delta_ci: Command) -> None:
    kept = {"id": 7, "repo_id": "demo", "created_by": "ann", "created_at": "t"}
    api.answer(f"POST {WEBHOOKS}/secrets", kept, status=201)
    api.answer(f"GET {WEBHOOKS}/secrets", {"secrets": [kept]}, {"secrets": []})
    api.answer(f"DELETE {WEBHOOKS}/secrets/7", b"", status=204)

    added = await delta_ci("webhook", "secret", "add", "demo", lines=f"{SECRET}\r\n")
    listed = await delta_ci("webhook", "secret", "list", "demo")
    removed = await delta_ci("webhook", "secret", "remove", "demo", "7")

    assert (added.out, listed.out) == ("7  t  ann\n", "7  t  ann\n")
    assert (removed.code, removed.out) == (0, "")
    assert json.loads(api.requests[0].body) == {"repo_id": "demo", "secret": SECRET}
    assert [each.query for each in api.requests[1:]] == [{"repo_id": "demo"}] * 3


async def test_reports_are_listed_and_sent_again(api: ScriptedApi, delta_ci: Command) -> None:
    report = {"run_id": "run_1", "provider": "github", "state": "FAILED", "updated_at": "t"}
    page = {"reports": [report | {"last_error": "403\nno", "reported_state": "QUEUED"}]}
    api.answer("GET /api/v1/reports", page | {"next_cursor": "c2"})
    api.answer("POST /api/v1/runs/run_1/report", report | {"state": "PENDING"})

    listed = await delta_ci("report", "list", "--state", "FAILED")
    resent = await delta_ci("report", "resend", "run_1")

    assert listed.out == "run_1  github  FAILED  QUEUED  403 no\n"
    assert "--cursor c2" in listed.err
    assert resent.out == "run_1  github  PENDING\n"
    assert api.requests[0].query == {"state": "FAILED", "limit": "20"}
