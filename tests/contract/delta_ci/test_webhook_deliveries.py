"""Every verified delivery is kept, without what proved it, and can be looked at again."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict, IsStr

from api.metrics import render_metrics
from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent, WebhookDelivery
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.fake_forge.provider import signed_delivery
from deltaci.testing.forge_webhook import Call, ForgeWebhook, opened, pushed
from deltaci.testing.row_reader import RowReader
from deltaci.vcs.port import Provider

DELIVERIES = "/api/v1/webhooks/deliveries"


async def listed(api: ServedApi, **query: str) -> list[dict[str, Any]]:
    answer = await api.caller(Role.ADMIN).get(DELIVERIES, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


async def redeliver(api: ServedApi, delivery_id: str) -> Any:
    return await api.caller(Role.ADMIN, subject="root").post(
        f"{DELIVERIES}/{delivery_id}/redeliver"
    )


async def test_a_delivery_says_what_became_of_it(
    api_on_each_database: ServedApi, link: Any
) -> None:
    webhook = await link(api_on_each_database)
    pull_request = opened(webhook.full_name)
    run_id = (await webhook.deliver(pull_request, "d-1")).json()["run_id"]
    await webhook.deliver(pull_request, "d-1")

    (delivery,) = await listed(api_on_each_database, repo=webhook.full_name)

    assert delivery == {
        "id": IsStr(regex="delivery_.+"),
        "provider": "github",
        "delivery_id": "d-1",
        "event": "pull_request",
        "full_name": webhook.full_name,
        "repo_id": webhook.full_name,
        "ref": "refs/pull/7/head",
        "commit_sha": pull_request.head_sha,
        "pr_number": 7,
        "outcome": "RUN_CREATED",
        "reason": "",
        "run_id": run_id,
        "redelivery_of": None,
        "receipts": 2,
        "received_at": IsStr(regex=".+Z"),
        "last_received_at": IsStr(regex=".+Z"),
    }


async def test_deliveries_are_listed_by_page_and_outcome(
    api_on_each_database: ServedApi, link: Any
) -> None:
    api = api_on_each_database
    webhook = await link(api)
    for number in range(3):
        await webhook.deliver(pushed(), f"push-{number}")
        await webhook.deliver(opened(webhook.full_name, draft=True), f"draft-{number}")
    seen: list[str] = []
    query = {"repo": webhook.full_name, "outcome": "IGNORED", "limit": "2"}

    while query.get("cursor", "") is not None:
        answer = await api.caller(Role.ADMIN).get(DELIVERIES, params=query)
        seen += [each["delivery_id"] for each in answer.json()["deliveries"]]
        query["cursor"] = answer.json()["next_cursor"]

    assert seen == ["draft-2", "draft-1", "draft-0"]
    assert len(await listed(api, repo=webhook.full_name)) == 6


@pytest.mark.parametrize("provider", Provider)
async def test_what_proved_a_delivery_is_kept_nowhere(
    api: ServedApi, link: Any, provider: Provider
) -> None:
    webhook = await link(api, provider)
    call = webhook.call(pushed())
    headers = {**call.headers, "Authorization": "Basic c2VjcmV0", "Cookie": "session=1"}
    await webhook.send(Call(headers, call.body))

    row = await RowReader(api.core).one(
        WebhookDelivery, WebhookDelivery.repo_id == webhook.full_name
    )

    proof = {"authorization", "cookie"} | {
        name.lower() for name in call.headers if name.endswith(("Token", "Signature", "-256"))
    }
    assert len(proof) > 2
    assert not proof & row.headers.keys()
    assert webhook.secret not in str(row.headers)


async def test_a_redelivery_is_answered_with_the_run_that_is_there(
    api: ServedApi, link: Any
) -> None:
    webhook = await link(api)
    run_id = (await webhook.deliver(pushed())).json()["run_id"]
    (delivery,) = await listed(api, repo=webhook.full_name)

    answers = [await redeliver(api, delivery["id"]) for _ in range(2)]

    duplicate = {"outcome": "DUPLICATE", "run_id": run_id, "state": "CREATED"}
    assert [(each.status_code, each.json()) for each in answers] == [(202, duplicate)] * 2
    again = await listed(api, repo=webhook.full_name, outcome="DUPLICATE")
    assert [each["redelivery_of"] for each in again] == [delivery["id"]] * 2
    audited = await RowReader(api.core).all(AuditEvent, AuditEvent.subject_id == delivery["id"])
    assert [(each.actor, each.action) for each in audited] == [("root", "webhook.redelivered")] * 2


async def test_a_redelivery_creates_the_run_of_a_repository_registered_meanwhile(
    api_on_each_database: ServedApi, register: Any
) -> None:
    api = api_on_each_database
    repository = await register(api)
    full_name = f"late/{repository.repo_id.partition('/')[2]}"
    webhook = ForgeWebhook(api.caller(), Provider.GITHUB, full_name, "secret-for-all")
    await webhook.deliver(pushed(), full_name)
    (delivery,) = [each for each in await listed(api) if each["delivery_id"] == full_name]
    assert (delivery["outcome"], delivery["repo_id"]) == ("IGNORED", None)

    body = {"repo_id": repository.repo_id, "url": str(repository.git.path)}
    linked = body | {"provider": "github", "full_name": full_name}
    (await api.caller(Role.ADMIN).post("/api/v1/repositories", json=linked)).raise_for_status()
    answer = await redeliver(api, delivery["id"])

    assert (answer.status_code, answer.json()) == (201, IsPartialDict(outcome="RUN_CREATED"))
    (created,) = await listed(api, repo=repository.repo_id)
    assert created["redelivery_of"] == delivery["id"]


async def test_a_delivery_that_made_no_sense_makes_none_today(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    payload = {"repository": {"full_name": webhook.full_name}}
    await webhook.send(
        Call(*signed_delivery(webhook.provider, webhook.secret, payload, "push", "odd"))
    )
    (delivery,) = await listed(api, repo=webhook.full_name, outcome="REJECTED")

    answer = await redeliver(api, delivery["id"])

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, delivery["reason"])


async def test_an_unknown_delivery_is_not_found(api: ServedApi) -> None:
    assert (await redeliver(api, "delivery_0")).status_code == 404


@pytest.mark.parametrize("query", [{"outcome": "LOST"}, {"limit": "0"}, {"cursor": "x"}])
async def test_an_impossible_page_is_invalid(api: ServedApi, query: dict[str, str]) -> None:
    answer = await api.caller(Role.ADMIN).get(DELIVERIES, params=query)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_metrics_count_deliveries_by_outcome_and_reports_by_state(
    api: ServedApi, link: Any
) -> None:
    webhook = await link(api)
    await webhook.deliver(pushed())
    await webhook.deliver(opened(webhook.full_name, draft=True))

    page = (await render_metrics(api.core)).decode()

    kept = await RowReader(api.core).all(WebhookDelivery)
    for outcome in ("RUN_CREATED", "IGNORED"):
        count = sum(row.outcome == outcome for row in kept)
        assert f'delta_webhook_deliveries_total{{outcome="{outcome}"}} {count}.0' in page
    assert "# HELP delta_reports_total" in page
