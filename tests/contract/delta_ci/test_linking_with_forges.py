"""Repositories are linked with their forges; their secrets go in, and never come out."""

from typing import Any

import pytest
from dirty_equals import IsPartialDict
from structlog.testing import capture_logs

from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent, ForgeLink, WebhookSecret
from deltaci.testing.api_calls import ServedApi
from deltaci.testing.row_reader import RowReader

REPOSITORIES, SECRETS = "/api/v1/repositories", "/api/v1/webhooks/secrets"
SECRET, TOKEN = "a-webhook-secret", "a-forge-token"


async def test_a_link_is_shown_without_its_secrets(
    api_on_each_database: ServedApi, register: Any
) -> None:
    api = api_on_each_database
    repository = await register(api)
    body = {
        "repo_id": repository.repo_id,
        "url": str(repository.git.path),
        "provider": "gitlab",
        "full_name": f"group/sub/{repository.repo_id.partition('/')[2]}",
        "webhook_secret": SECRET,
        "token": TOKEN,
    }
    owner = api.caller(Role.DELIVERY_OWNER)

    with capture_logs() as lines:
        answers = [await owner.post(REPOSITORIES, json=body) for _ in range(2)]
    shown = await api.caller(Role.OBSERVER).get(f"{REPOSITORIES}/{repository.repo_id}")

    link = {"provider": "gitlab", "full_name": body["full_name"]}
    assert [each.status_code for each in answers] == [200, 200]
    assert shown.json() == IsPartialDict(link | {"webhook_secrets": 1, "has_token": True})
    said = str(lines) + "".join(each.text for each in (*answers, shown))
    assert SECRET not in said
    assert TOKEN not in said


async def test_secrets_are_stored_sealed(api: ServedApi, register: Any) -> None:
    repository = await register(api)
    body = {
        "repo_id": repository.repo_id,
        "url": str(repository.git.path),
        "provider": "github",
        "full_name": repository.repo_id,
        "webhook_secret": SECRET,
        "token": TOKEN,
    }
    await api.caller(Role.ADMIN).post(REPOSITORIES, json=body)

    rows = RowReader(api.core)
    link = await rows.one(ForgeLink, ForgeLink.repo_id == repository.repo_id)
    secret = await rows.one(WebhookSecret, WebhookSecret.repo_id == repository.repo_id)
    audited = await rows.all(AuditEvent, AuditEvent.subject_id == repository.repo_id)

    assert link.sealed_token is not None
    assert api.core.seal.open(link.sealed_token) == TOKEN
    assert api.core.seal.open(secret.sealed) == SECRET
    assert TOKEN.encode() not in link.sealed_token
    assert SECRET.encode() not in secret.sealed
    assert [each.action for each in audited] == [
        "repository.registered",
        "repository.linked",
        "forge_token.set",
        "webhook_secret.added",
    ]
    details = str([each.details for each in audited])
    assert SECRET not in details
    assert TOKEN not in details


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_secret": "shorty"},
        {"webhook_secret": ["hunter2-hunter2"]},
        {"webhook_secret": "hunter2-" * 100},
        {"token": {"value": "hunter2-hunter2"}},
        {"token": "hunter2-hunter2", "provider": "cvs"},
        {"webhook_secret": "hunter2-hunter2", "provider": None},
        {"webhook_secret": "hunter2-hunter2", "full_name": "a\nb"},
    ],
)
async def test_a_refused_secret_is_not_repeated(api: ServedApi, wrong: dict[str, Any]) -> None:
    body = {"repo_id": "acme/never", "url": "/srv/never", "provider": "github"} | wrong

    with capture_logs() as lines:
        answer = await api.caller(Role.ADMIN).post(REPOSITORIES, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")
    for said in (answer.text, str(lines)):
        assert "hunter2" not in said
        assert "shorty" not in said


@pytest.mark.parametrize("secret", ["shorty", "hunter2-" * 100, 12345678, None, ["hunter2-12"]])
async def test_a_refused_further_secret_is_not_repeated_either(
    api: ServedApi, link: Any, secret: object
) -> None:
    webhook = await link(api)
    body = {"repo_id": webhook.full_name, "secret": secret}

    answer = await api.caller(Role.ADMIN).post(SECRETS, json=body)

    assert answer.status_code == 400
    assert all(word not in answer.text for word in ("hunter2", "shorty", "12345678"))


async def test_a_place_on_a_forge_belongs_to_one_repository(
    api_on_each_database: ServedApi, link: Any, register: Any
) -> None:
    api = api_on_each_database
    taken = await link(api)
    other = await register(api)
    body = {"repo_id": other.repo_id, "url": str(other.git.path), "provider": "github"}

    answer = await api.caller(Role.ADMIN).post(
        REPOSITORIES, json=body | {"full_name": taken.full_name.upper()}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVALID_STATE")
    shown = await api.caller(Role.ADMIN).get(f"{REPOSITORIES}/{other.repo_id}")
    assert "provider" not in shown.json()


async def test_the_secrets_of_a_webhook_are_listed_and_bounded(api: ServedApi, link: Any) -> None:
    webhook = await link(api)
    owner = api.caller(Role.DELIVERY_OWNER, subject="owner")

    answers = [
        await owner.post(SECRETS, json={"repo_id": webhook.full_name, "secret": f"secret-{n:02}"})
        for n in (1, 1, *range(2, 11))
    ]
    listed = await owner.get(SECRETS, params={"repo_id": webhook.full_name})

    assert [each.status_code for each in answers] == [201] * 10 + [409]
    assert answers[0].json() == answers[1].json()
    assert len(listed.json()["secrets"]) == 10
    assert {each["created_by"] for each in listed.json()["secrets"]} == {"owner", "tester"}
    assert "secret-01" not in listed.text


async def test_secrets_need_a_repository_with_a_forge(
    api: ServedApi, register: Any, link: Any
) -> None:
    unlinked, linked = await register(api), await link(api)
    owner = api.caller(Role.ADMIN)
    (secret,) = (await owner.get(SECRETS, params={"repo_id": linked.full_name})).json()["secrets"]

    answers = [
        await owner.get(SECRETS, params={"repo_id": unlinked.repo_id}),
        await owner.post(SECRETS, json={"repo_id": unlinked.repo_id, "secret": SECRET}),
        await owner.delete(f"{SECRETS}/{secret['id']}", params={"repo_id": unlinked.repo_id}),
        await owner.delete(f"{SECRETS}/999999", params={"repo_id": linked.full_name}),
    ]

    assert [each.status_code for each in answers] == [404] * 4
    still = await owner.get(SECRETS, params={"repo_id": linked.full_name})
    assert still.json()["secrets"] == [secret]
