"""Seed «Webhook Ingestion API»: what no known secret signed gets nowhere, and neither does junk."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from dirty_equals import IsPartialDict
from sqlalchemy import func, select

from deltaci.client.signing import SignedCall, ping
from deltaci.identity.roles import Role
from deltaci.store.tables import WebhookDelivery
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.forge_webhook import Call, ForgeWebhook, pushed
from deltaci.vcs.port import Provider

SIGNATURES = frozenset(
    {"x-hub-signature-256", "x-hub-signature", "x-gitlab-token", "x-gitea-signature"}
)
SECRETS = "/api/v1/webhooks/secrets"


async def send(api: ServedApi, provider: str, call: Call | SignedCall) -> httpx2.Response:
    path = f"/api/v1/webhooks/{provider}"
    return await api.caller().post(path, content=call.body, headers=dict(call.headers))


async def kept(api: ServedApi) -> int:
    async with api.core.database.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(WebhookDelivery)) or 0)


def assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] == IsPartialDict(code=code)


@pytest.mark.parametrize("provider", Provider)
async def test_only_the_right_signature_is_accepted(
    api: ServedApi, link: Any, provider: Provider
) -> None:
    webhook = await link(api, provider)
    right = ping(provider, webhook.full_name, webhook.secret)
    wrong = ping(provider, webhook.full_name, "another-secret")
    unsigned = {name: v for name, v in right.headers.items() if name.lower() not in SIGNATURES}
    before = await kept(api)

    assert_refused(await send(api, provider, wrong), 401, "UNAUTHORIZED")
    assert_refused(await send(api, provider, Call(unsigned, right.body)), 401, "UNAUTHORIZED")
    assert await kept(api) == before
    assert (await send(api, provider, right)).status_code == 202
    assert await kept(api) == before + 1


async def test_the_signature_is_over_every_byte(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    call = webhook.call(pushed())

    answer = await webhook.send(Call(call.headers, call.body + b" "))

    assert_refused(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize("secret", ["secret-for-all", "another-for-all"])
async def test_each_secret_for_all_repositories_counts(
    api: ServedApi, link: Any, secret: str
) -> None:
    webhook = await link(api)

    assert (await webhook.signed_by(secret).deliver(pushed())).status_code == 201


async def test_a_secret_of_one_repository_is_none_of_another(api: ServedApi, link: Any) -> None:
    one, other = await link(api), await link(api)

    assert_refused(await one.signed_by(other.secret).deliver(pushed()), 401, "UNAUTHORIZED")


async def test_nothing_counts_for_a_repository_without_any_secret(api: ServedApi) -> None:
    webhook = ForgeWebhook(api.caller(), Provider.GITLAB, "acme/unheard-of", "")

    for secret in ("", "anything"):
        call = ping("gitlab", webhook.full_name, secret)
        assert_refused(await send(api, "gitlab", call), 401, "UNAUTHORIZED")


async def test_secrets_are_rotated_without_a_gap(
    api_on_each_database: ServedApi, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = api_on_each_database
    webhook = await link(api)
    owner = api.caller(Role.DELIVERY_OWNER)
    await webhook.deliver(pushed())
    (old,) = (await owner.get(SECRETS, params={"repo_id": webhook.full_name})).json()["secrets"]

    body = {"repo_id": webhook.full_name, "secret": "the-next-secret"}
    added = await owner.post(SECRETS, json=body)
    renewed = webhook.signed_by("the-next-secret")
    assert added.status_code == 201
    assert (await renewed.deliver(pushed())).status_code == 201
    assert (await webhook.deliver(pushed())).status_code == 201

    path = f"{SECRETS}/{old['id']}"
    removed = await owner.delete(path, params={"repo_id": webhook.full_name})
    assert (removed.status_code, removed.content) == (204, b"")
    forget_what_is_remembered(api, monkeypatch)
    assert_refused(await webhook.deliver(pushed()), 401, "UNAUTHORIZED")
    assert (await renewed.deliver(pushed())).status_code == 201


def forget_what_is_remembered(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time pass for which a removed secret may still count."""
    parts = api.app.state.parts  # type: ignore[attr-defined]
    monkeypatch.setattr(parts.reception, "_known", {})


@pytest.mark.parametrize("provider", ["cvs", "deliveries", "GitHub"])
async def test_an_unknown_provider_is_not_found(api: ServedApi, provider: str) -> None:
    call = ping("github", "acme/shop", "secret-for-all")

    assert_refused(await send(api, provider, call), 404, "NOT_FOUND")


async def test_forgejo_is_another_name_of_gitea(api: ServedApi, link: Any) -> None:
    webhook = await link(api, Provider.GITEA)

    assert (await send(api, "forgejo", webhook.call(pushed()))).status_code == 201


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 15_000, b'{"a":' * 3000 + b"1" + b"}" * 3000],
)
@pytest.mark.parametrize("provider", Provider)
async def test_a_body_that_is_no_event_is_invalid(
    api: ServedApi, provider: Provider, body: bytes
) -> None:
    call = ping(provider, "acme/shop", "secret-for-all")

    assert_refused(await send(api, provider, Call(call.headers, body)), 400, "INVALID_REQUEST")


@pytest.mark.parametrize("provider", Provider)
async def test_a_delivery_must_name_its_event(api: ServedApi, provider: Provider) -> None:
    call = ping(provider, "acme/shop", "secret-for-all")
    headers = {name: v for name, v in call.headers.items() if not name.endswith(("Event", "-Key"))}

    answer = await send(api, provider, Call(headers, call.body))

    assert_refused(answer, 400, "INVALID_REQUEST")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x"])
async def test_a_compressed_body_is_refused_unread(
    api: ServedApi, link: Any, encoding: str
) -> None:
    webhook = await link(api)
    call = webhook.call(pushed())
    headers = {**call.headers, "Content-Encoding": encoding}

    answer = await webhook.send(Call(headers, gzip.compress(call.body)))

    assert_refused(answer, 400, "INVALID_REQUEST")


async def test_an_identity_is_no_compression(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    call = webhook.call(pushed())

    answer = await webhook.send(Call({**call.headers, "Content-Encoding": "identity"}, call.body))

    assert answer.status_code == 201


@pytest.mark.parametrize("provider", [*Provider, "forgejo"])
async def test_a_body_that_is_too_large_is_refused(api: ServedApi, provider: str) -> None:
    size = api.core.settings.webhook_max_bytes
    call = Call({}, b" " * (size + 1))

    answer = await send(api, provider, call)

    assert_refused(answer, 413, "INVALID_REQUEST")
    assert answer.json()["error"]["details"] == {"max_bytes": size}


async def test_a_body_without_a_length_is_counted_while_it_arrives(api: ServedApi) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(api.core.settings.webhook_max_bytes // 1000 + 1):
            yield b" " * 1000

    answer = await api.caller().post("/api/v1/webhooks/github", content=endless())

    assert_refused(answer, 413, "INVALID_REQUEST")
