"""Who may report and read, what a repeated call is answered, and what happens in an outage."""

import asyncio

import pytest

from deltaci.identity.roles import Role
from deltaci.store.tables import Build, Product
from deltaci.testing.row_reader import RowReader
from deltaci.testing.tracker import KEY, Tracker

EVENTS = ("/build-events/", "/deployment-events/")
READS = (
    *("/products/", "/versions/", "/environments/", "/builds/", "/deployments/", "/events/"),
    *("/matrix/", "/dora/"),
)
REPORTERS = {Role.TRACKER, Role.CI_PUBLISHER, Role.DELIVERY_OWNER, Role.ADMIN}
READERS = REPORTERS | {Role.OBSERVER, Role.DEVELOPER}
UNAUTHORIZED = {"detail": "Invalid authentication credentials"}
FORBIDDEN = {"detail": "You do not have permission to perform this action"}


@pytest.mark.parametrize("path", EVENTS)
@pytest.mark.parametrize("header", [None, f"Token {KEY}", "Bearer wrong", KEY])
@pytest.mark.parametrize("body", [b"", b"{", b'{"status": 1}'])
async def test_without_a_key_everything_is_401_whatever_is_sent(
    tracker: Tracker, path: str, header: str | None, body: bytes
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = await tracker.served.caller().post(path, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("path", READS)
async def test_nothing_is_read_without_a_key(tracker: Tracker, path: str) -> None:
    answer = await tracker.served.caller().get(path)

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("role", sorted(Role))
async def test_roles_report_and_read_as_the_table_says(tracker: Tracker, role: Role) -> None:
    caller = tracker.served.caller(role)
    reports = [await caller.post(path, content=b"{") for path in EVENTS]
    reads = [await caller.get(path) for path in READS]

    assert {answer.status_code for answer in reports} == ({422} if role in REPORTERS else {403})
    if role in READERS:
        assert {answer.status_code for answer in reads} == {200}
    elif role is Role.RUNNER:
        assert [answer.json() for answer in reads] == [FORBIDDEN] * len(READS)


async def test_a_key_gives_the_first_answer_again(tracker_on_each_database: Tracker) -> None:
    tracker = tracker_on_each_database
    event = tracker.deployment()
    first, again = [
        await tracker.report(event, **{"Idempotency-Key": event["product_name"]}) for _ in range(2)
    ]

    assert again.json() == first.json()
    assert [answer.headers["Idempotency-Replayed"] for answer in (first, again)] == [
        *("false", "true")
    ]


async def test_a_key_of_another_event_is_a_conflict(tracker: Tracker) -> None:
    event = tracker.deployment()
    headers = {"Idempotency-Key": event["product_name"]}
    await tracker.accepted(event, **headers)
    answer = await tracker.report(event | {"version": "2"}, **headers)

    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)


async def test_a_refused_event_leaves_its_key_free(tracker: Tracker) -> None:
    event = tracker.build()
    await tracker.accepted(event)
    headers = {"Idempotency-Key": event["product_name"]}
    refused = await tracker.report(event | {"scm_sha": "f" * 40}, **headers)

    assert refused.status_code == 409
    assert (await tracker.report(event, **headers)).status_code == 200


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_that_is_none_is_a_fault(tracker: Tracker, key: str) -> None:
    answer = await tracker.report(tracker.build(), **{"Idempotency-Key": key})

    assert answer.status_code == 422


async def test_twenty_first_events_at_once_are_all_accepted(
    tracker_on_each_database: Tracker,
) -> None:
    tracker = tracker_on_each_database
    event = tracker.build()
    answers = await asyncio.gather(
        *(tracker.report(event | {"invoke_id": f"{n}"}) for n in range(20))
    )
    rows = RowReader(tracker.served.core)

    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["product_id"] for answer in answers}) == 1
    assert len(await rows.all(Product, Product.id == event["product_name"])) == 1
    assert len(await rows.all(Build, Build.product == event["product_name"])) == 20
