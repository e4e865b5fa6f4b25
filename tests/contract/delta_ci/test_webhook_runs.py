"""Seed «Webhook Ingestion API»: normalised events become runs, and none becomes two."""

import asyncio
import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from dirty_equals import IsStr
from sqlalchemy.exc import OperationalError

from api.app import build_app
from deltaci.identity.roles import Role
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect, ForgeLink, Run, RunTrigger, WebhookDelivery
from deltaci.testing.api_calls import ServedApi, serving
from deltaci.testing.fake_forge.provider import NO_COMMIT, signed_delivery
from deltaci.testing.forge_webhook import Call, ForgeWebhook, opened, pushed
from deltaci.testing.row_reader import RowReader
from deltaci.vcs.port import Provider, Remark

CREATED = {"outcome": "RUN_CREATED", "run_id": IsStr(regex="run_.+"), "state": "CREATED"}
HALFWAY = "deltaci.webhooks.keep.keep_deliveries"


def ignored(reason: str) -> dict[str, Any]:
    return {"outcome": "IGNORED", "reason": IsStr(regex=f".*{reason}.*")}


async def runs_of(api: ServedApi, webhook: ForgeWebhook) -> list[Run]:
    return list(await RowReader(api.core).all(Run, Run.repo_id == webhook.full_name))


@pytest.mark.parametrize("provider", Provider)
async def test_a_push_creates_a_run(api: ServedApi, link: Any, provider: Provider) -> None:
    webhook = await link(api, provider)
    push = pushed()

    answer = await webhook.deliver(push)

    assert (answer.status_code, answer.json()) == (201, CREATED)
    (run,) = await runs_of(api, webhook)
    assert run.id == answer.json()["run_id"]
    assert (run.ref, run.commit_sha, run.kind) == (push.ref, push.commit_sha, "webhook")
    assert not run.fork
    assert run.created_by == f"{provider}:ann"


async def test_it_is_accepted_before_anything_is_planned_and_without_temporal(
    api: ServedApi, link: Any
) -> None:
    webhook = await link(api)

    run_id = (await webhook.deliver(pushed())).json()["run_id"]

    promises = [
        effect.kind
        for effect in await RowReader(api.core).all(Effect)
        if effect.payload == {"run_id": run_id}
    ]
    assert promises == [EffectKind.START_RUN]
    assert await RowReader(api.core).run_state(run_id) == "CREATED"


async def test_the_same_event_again_is_answered_with_its_run(
    api_on_each_database: ServedApi, link: Any
) -> None:
    webhook = await link(api_on_each_database)
    push = pushed()
    call = webhook.call(push, "delivery-1")

    first = await webhook.send(call)
    again = await webhook.send(call)
    under_another_id = await webhook.deliver(push, "delivery-2")

    duplicate = {"outcome": "DUPLICATE", "run_id": first.json()["run_id"], "state": "CREATED"}
    assert first.status_code == 201
    assert (again.status_code, again.json()) == (202, duplicate)
    assert (under_another_id.status_code, under_another_id.json()) == (202, duplicate)
    assert len(await runs_of(api_on_each_database, webhook)) == 1
    rows = await RowReader(api_on_each_database.core).all(
        WebhookDelivery, WebhookDelivery.repo_id == webhook.full_name
    )
    assert {(row.delivery_id, row.outcome, row.receipts) for row in rows} == {
        ("delivery-1", "RUN_CREATED", 2),
        ("delivery-2", "DUPLICATE", 1),
    }


async def test_forty_at_once_are_one_run(api_on_each_database: ServedApi, link: Any) -> None:
    webhook = await link(api_on_each_database)
    push = pushed()
    calls = [webhook.call(push, f"delivery-{number % 8}") for number in range(40)]

    answers = await asyncio.gather(*map(webhook.send, calls))

    assert sorted(answer.status_code for answer in answers) == [201] + [202] * 39
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    assert len(await runs_of(api_on_each_database, webhook)) == 1


async def test_another_process_knows_the_run_and_two_at_once_create_one(
    api_on_each_database: ServedApi, link: Any
) -> None:
    webhook = await link(api_on_each_database)
    known, new = pushed(), pushed()
    run_id = (await webhook.deliver(known)).json()["run_id"]

    async with serving(build_app(api_on_each_database.core.settings)) as other:
        elsewhere = webhook.through(other.caller())
        again = await elsewhere.deliver(known)
        sent = [each.deliver(new) for each in (webhook, elsewhere) for _ in range(10)]
        answers = await asyncio.gather(*sent)

    assert again.json()["run_id"] == run_id
    assert sorted(answer.status_code for answer in answers) == [201] + [202] * 19
    assert len({answer.json()["run_id"] for answer in answers}) == 1


async def test_a_delivery_id_says_nothing_about_what_is_delivered(
    api: ServedApi, link: Any
) -> None:
    webhook = await link(api)

    answers = [await webhook.deliver(pushed(), "the-same") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(await runs_of(api, webhook)) == 2


async def test_commit_event_type_and_number_make_the_key(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    push = pushed()
    of_seven = opened(webhook.full_name, head_sha=push.commit_sha)
    of_eight = replace(of_seven, number=8, ref="refs/pull/8/head")
    tag = replace(push, ref="refs/tags/v1")
    elsewhere = replace(push, ref="refs/heads/other")

    answers = [await webhook.deliver(each) for each in (push, of_seven, of_eight, tag)]
    repeated = [
        await webhook.deliver(each)
        for each in (elsewhere, replace(of_seven, action="synchronize"), tag)
    ]

    run_ids = [answer.json()["run_id"] for answer in answers]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len(set(run_ids)) == 4
    assert [answer.json()["run_id"] for answer in repeated] == [run_ids[0], run_ids[1], run_ids[3]]
    types = {run_id: await event_type_of(api, run_id) for run_id in run_ids}
    assert list(types.values()) == ["push", "pull_request", "pull_request", "tag"]


async def event_type_of(api: ServedApi, run_id: str) -> str:
    return (await RowReader(api.core).one(RunTrigger, RunTrigger.run_id == run_id)).event_type


async def test_a_commit_of_two_repositories_is_two_runs(api: ServedApi, link: Any) -> None:
    push = pushed()

    answers = [await (await link(api)).deliver(push) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("head", ["mallory/shop", ""])
async def test_a_run_of_a_fork_is_marked(api: ServedApi, link: Any, head: str) -> None:
    webhook = await link(api)

    await webhook.deliver(opened(webhook.full_name, head_repository=head, fork=True))

    (run,) = await runs_of(api, webhook)
    assert run.fork


async def test_what_needs_no_run_is_ignored_and_says_why(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    payload = {"repository": {"full_name": webhook.full_name}}

    def event(name: str) -> Call:
        return Call(*signed_delivery(webhook.provider, webhook.secret, payload, name, name))

    answers = [
        await webhook.deliver(pushed(commit_sha=NO_COMMIT)),
        await webhook.deliver(opened(webhook.full_name, draft=True)),
        await webhook.deliver(Remark(7, "1", "ann", "nice work")),
        await webhook.send(event("ping")),
        await webhook.send(event("sponsorship")),
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (202, ignored("deleted")),
        (202, ignored("draft")),
        (202, ignored("no command")),
        (202, ignored("ping")),
        (202, ignored("sponsorship")),
    ]
    assert await runs_of(api, webhook) == []


async def test_a_command_is_promised_to_be_looked_at_once(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    call = webhook.call(Remark(7, "1", "ann", "please\n/ci rerun"))

    answers = [await webhook.send(call) for _ in range(2)]

    assert [(each.status_code, each.json()) for each in answers] == [
        (202, {"outcome": "COMMAND"})
    ] * 2
    row = await RowReader(api.core).one(
        WebhookDelivery, WebhookDelivery.repo_id == webhook.full_name
    )
    promises = [
        effect
        for effect in await RowReader(api.core).all(Effect)
        if effect.payload == {"delivery_id": row.id}
    ]
    assert [effect.kind for effect in promises] == [EffectKind.OBEY_COMMAND]


async def test_an_unregistered_repository_gets_no_run(api: ServedApi) -> None:
    webhook = ForgeWebhook(api.caller(), Provider.GITHUB, "acme/unheard-of", "secret-for-all")

    answer = await webhook.deliver(pushed())

    assert (answer.status_code, answer.json()) == (202, ignored("not registered"))


async def test_a_repository_may_be_registered_by_its_first_delivery(
    api_on_each_database: ServedApi,
) -> None:
    api = api_on_each_database
    webhook = ForgeWebhook(api.caller(), Provider.GITEA, "acme/first-seen", "secret-for-all")

    answers = await asyncio.gather(*(webhook.deliver(pushed()) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {201}
    found = await api.caller(Role.OBSERVER).get("/api/v1/repositories/acme/first-seen")
    assert found.json()["url"] == "https://git.example.test/acme/first-seen.git"
    rows = await RowReader(api.core).all(ForgeLink, ForgeLink.full_name == "acme/first-seen")
    assert [(row.provider, row.created_by) for row in rows] == [("gitea", "gitea:webhook")]


async def test_a_signed_delivery_that_makes_no_sense_is_refused_and_kept(
    api: ServedApi, link: Any
) -> None:
    webhook = await link(api)
    payload = {"repository": {"full_name": webhook.full_name}, "ref": "refs/heads/main"}
    call = Call(*signed_delivery(webhook.provider, webhook.secret, payload, "push", "odd"))

    answer = await webhook.send(call)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")
    row = await RowReader(api.core).one(
        WebhookDelivery, WebhookDelivery.repo_id == webhook.full_name
    )
    assert (row.outcome, row.reason) == ("REJECTED", answer.json()["error"]["message"])


async def away(*_: object) -> None:
    raise OperationalError("INSERT secret", {}, sqlite3.OperationalError("host db.internal"))


@pytest.mark.parametrize("since", ["sqlalchemy.ext.asyncio.AsyncSession.__aenter__", HALFWAY])
async def test_while_the_database_is_away_the_forge_is_asked_to_come_again(
    api_on_each_database: ServedApi, link: Any, monkeypatch: pytest.MonkeyPatch, since: str
) -> None:
    webhook = await link(api_on_each_database)
    call = webhook.call(pushed())

    with monkeypatch.context() as patched:
        patched.setattr(since, away)
        refused = await webhook.send(call)
    nothing = await runs_of(api_on_each_database, webhook)
    accepted = await webhook.send(call)

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "INTERNAL_ERROR"
    assert "secret" not in refused.text
    assert "internal" not in refused.text
    assert nothing == []
    assert accepted.status_code == 201
