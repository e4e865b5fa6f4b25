"""API keys: shown once, hashed, scoped, revoked; any bearer string is compared by its hash."""

import pytest

from deltaci.api_keys.hashed import hashed
from deltaci.identity.roles import Role
from deltaci.store.tables import ApiKey, AuditEvent
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import Tracker

UNAUTHORIZED = {"detail": "Invalid authentication credentials"}


async def test_a_key_is_shown_once_and_kept_as_a_hash(tracker: Tracker) -> None:
    created = await tracker.admin.post("/api-keys/", json={"name": "pipeline"})
    key = created.json()["key"]
    listed = await tracker.admin.get("/api-keys/")
    (row,) = await RowReader(tracker.served.core).all(ApiKey, ApiKey.id == created.json()["id"])

    assert created.status_code == 201
    assert created.json()["scopes"] == ["tracker"]
    assert key.startswith("sk_")
    assert len(key) > 40
    assert key not in listed.text
    assert row.key_hash == hashed(key)


async def test_keys_are_listed_by_pages_newest_first(tracker: Tracker) -> None:
    ids = [
        (await tracker.admin.post("/api-keys/", json={"name": f"n{n}"})).json()["id"]
        for n in range(3)
    ]
    first = (await tracker.admin.get("/api-keys/", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await tracker.admin.get("/api-keys/", params=query)).json()

    assert [key["id"] for key in first["items"]] == [ids[2], ids[1]]
    assert second["items"][0]["id"] == ids[0]


async def test_any_bearer_string_is_a_key_when_an_admin_says_so(tracker: Tracker) -> None:
    given = "legacy.key.with-dots-0123456789"
    await tracker.admin.post("/api-keys/", json={"name": "old", "key": given})
    again = await tracker.admin.post("/api-keys/", json={"name": "other", "key": given})

    assert (await tracker.with_key(given).get("/api-keys/")).status_code == 403
    assert again.status_code == 409
    assert given not in again.text


@pytest.mark.parametrize("given", ["short", "with space 0123456789012", "ümlaut-0123456789012345"])
async def test_a_key_that_is_no_credential_is_refused(tracker: Tracker, given: str) -> None:
    answer = await tracker.admin.post("/api-keys/", json={"name": "bad", "key": given})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "key"]
    assert given not in answer.text


@pytest.mark.parametrize("scope", ["admin", "runner", "king"])
async def test_no_key_may_change_who_may_do_what(tracker: Tracker, scope: str) -> None:
    answer = await tracker.admin.post("/api-keys/", json={"name": "bad", "scopes": [scope]})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "scopes", 0]


async def test_a_revoked_key_counts_no_more_and_cannot_be_revoked_again(tracker: Tracker) -> None:
    created = (await tracker.admin.post("/api-keys/", json={"name": "gone"})).json()
    client = tracker.with_key(created["key"])
    before = await client.get("/api-keys/")
    revoked = await tracker.admin.delete(f"/api-keys/{created['id']}")
    after = await client.get("/api-keys/")
    again = await tracker.admin.delete(f"/api-keys/{created['id']}")

    assert before.status_code == 403
    assert revoked.status_code == 204
    assert (after.status_code, after.json()) == (401, UNAUTHORIZED)
    assert (again.status_code, again.json()) == (404, {"detail": "Not found"})
    rows = RowReader(tracker.served.core)
    audited = await rows.all(AuditEvent, AuditEvent.subject_id == created["id"])
    assert [event.action for event in audited] == ["api_key.created", "api_key.revoked"]


async def test_the_last_use_of_a_key_is_known(tracker: Tracker) -> None:
    created = (await tracker.admin.post("/api-keys/", json={"name": "used"})).json()
    client = tracker.with_key(created["key"])
    await client.get("/api-keys/")
    await client.get("/api-keys/")
    listed = (await tracker.admin.get("/api-keys/")).json()["items"]
    (used,) = [key for key in listed if key["id"] == created["id"]]

    assert created["last_used_at"] is None
    assert used["last_used_at"] >= created["created_at"]


async def test_a_key_has_its_scopes_on_every_contract(tracker: Tracker) -> None:
    body = {"name": "reader", "scopes": ["observer"]}
    key = (await tracker.admin.post("/api-keys/", json=body)).json()["key"]
    reader = tracker.with_key(key)

    assert (await reader.get("/api/v1/runs")).status_code == 200
    assert (await reader.get("/v1/builds")).status_code == 200
    assert (await tracker.tool.get("/api/v1/runs")).status_code == 403
    assert (await tracker.tool.get("/v1/builds")).json()["code"] == "AUTHZ_ROLE_REQUIRED"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer ",
        "Bearer sk_acme_k1_unknown",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
        "Bearer eyJ.x.y",
        "Bearer " + "a" * 20_000,
        "sk_acme_k1_0123456789abcdefghijklmnopqrstuv",
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"not json", b""])
async def test_a_bad_credential_is_401_before_the_body_is_looked_at(
    tracker: Tracker, header: str | None, body: bytes
) -> None:
    client = tracker.served.caller()
    headers = {"Authorization": header} if header is not None else {}
    answer = await client.post("/api-keys/", content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
async def test_only_admins_have_to_do_with_keys(tracker: Tracker, role: Role) -> None:
    caller = tracker.served.caller(role)
    answers = [
        await caller.get("/api-keys/"),
        await caller.post("/api-keys/", content=b"not json"),
        await caller.delete("/api-keys/1"),
    ]
    forbidden = {"detail": "You do not have permission to perform this action"}

    assert [(answer.status_code, answer.json()) for answer in answers] == [(403, forbidden)] * 3
