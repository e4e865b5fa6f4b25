"""What every adapter promises about webhook deliveries: what they mean, and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest

from deltaci.errors import InvalidRequestError
from deltaci.testing.fake_forge.provider import NO_COMMIT, Occurrence, signed_delivery
from deltaci.testing.forge_bench import COMMIT, FULL_NAME, Bench, Kind
from deltaci.vcs.port import Event, Ignored, Provider, PullRequest, Push, Remark

PUSH = Push("refs/heads/main", COMMIT, "b" * 40, "ann")
PULL_REQUEST = PullRequest(
    number=7,
    action="opened",
    ref="told by the kind of forge",
    head_sha=COMMIT,
    head_ref="topic/ünï",
    head_repository=FULL_NAME,
    target_ref="refs/heads/main",
    target_sha="b" * 40,
    fork=False,
    draft=False,
    sender="ann",
)
FORM = "payload=%7B%7D"
REMARK = Remark(7, "501", "ann", "/ci rerun test\r\nplease, ünï 😀")
BOMBS = {
    "nothing": b"",
    "not JSON": b"{'a': 1}",
    "not an object": b"[]",
    "text": b'"push"',
    "null": b"null",
    "not UTF-8": b'{"a": "\xff"}',
    "deep lists": b'{"a":' + b"[" * 100_000,
    "deep and closed": b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "a huge number": b'{"a": ' + b"9" * 10_000 + b"}",
    "packed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "a form with other fields": b"payload={}&payload={}&more=1",
}


def _received(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _heard(hearing: Bench, occurrence: Occurrence) -> Event:
    """Send it as the fake does, and read, verify and parse it as we do."""
    headers, body = hearing.fake.delivery(FULL_NAME, occurrence, "delivery-1")
    delivery = hearing.webhooks.read(_received(headers), body)
    assert delivery.full_name == FULL_NAME
    assert delivery.delivery_id == "delivery-1"
    assert hearing.webhooks.verify(delivery, [hearing.fake.webhook_secret])
    return hearing.webhooks.parse(delivery)


def _as_told(kind: Kind, wanted: Occurrence, heard: Event) -> Occurrence:
    """What may be heard of an occurrence: without the fields that this forge leaves out."""
    untold: dict[str, Any] = {
        name: getattr(heard, name, None) for name in kind.untold if hasattr(wanted, name)
    }
    if isinstance(wanted, PullRequest):
        untold.setdefault("ref", kind.pull_ref.format(wanted.number))
    return replace(wanted, **untold)


@pytest.mark.parametrize(
    "push",
    [
        PUSH,
        replace(PUSH, before_sha=None),
        replace(PUSH, ref="refs/heads/topic/ünï"),
        replace(PUSH, ref="refs/tags/v1.0", before_sha=None),
    ],
    ids=lambda push: f"{push.ref} from {push.before_sha}",
)
async def test_a_push_is_understood(hearing: Bench, push: Push) -> None:
    heard = _heard(hearing, push)

    assert heard == _as_told(hearing.kind, push, heard)


@pytest.mark.parametrize("ref", ["refs/heads/topic", "refs/tags/v1.0"])
async def test_a_deletion_is_ignored_with_a_reason(hearing: Bench, ref: str) -> None:
    heard = _heard(hearing, Push(ref, NO_COMMIT, "b" * 40, "ann"))

    assert isinstance(heard, Ignored)
    assert heard.reason


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
async def test_a_pull_requests_new_head_is_understood(hearing: Bench, action: str) -> None:
    if action not in hearing.kind.actions:
        return
    opened = replace(PULL_REQUEST, action=action)

    heard = _heard(hearing, opened)

    assert heard == _as_told(hearing.kind, opened, heard)


async def test_a_draft_is_told_as_one(hearing: Bench) -> None:
    draft = replace(PULL_REQUEST, draft=True)

    heard = _heard(hearing, draft)

    assert heard == _as_told(hearing.kind, draft, heard)


@pytest.mark.parametrize("head_repository", ["mallory/shop", "acme/shop2", "acme/sho", ""])
async def test_another_or_no_head_repository_is_a_fork(
    hearing: Bench, head_repository: str
) -> None:
    opened = replace(PULL_REQUEST, head_repository=head_repository, fork=True)

    heard = _heard(hearing, opened)

    if not hearing.kind.tells_forks:
        assert isinstance(heard, Ignored)
        return
    assert isinstance(heard, PullRequest)
    assert heard.fork
    assert heard == _as_told(hearing.kind, opened, heard)


async def test_a_remark_is_understood(hearing: Bench) -> None:
    heard = _heard(hearing, REMARK)

    assert heard == _as_told(hearing.kind, REMARK, heard)


async def test_an_event_that_nobody_knows_is_ignored_with_a_reason(hearing: Bench) -> None:
    about = {"repository": {"full_name": FULL_NAME}}
    headers, body = signed_delivery(hearing.kind.provider, "secret", about, "something_new", "1")

    heard = hearing.webhooks.parse(hearing.webhooks.read(_received(headers), body))

    assert isinstance(heard, Ignored)
    assert heard.reason


async def test_a_delivery_without_its_event_is_refused(hearing: Bench) -> None:
    _, body = hearing.fake.delivery(FULL_NAME, PUSH)

    with pytest.raises(InvalidRequestError, match=r"header|event"):
        hearing.webhooks.read({"content-type": "application/json"}, body)


@pytest.mark.parametrize("form", [FORM, f"{FORM}&{FORM}", f"{FORM}&more=1", "more=%7B%7D"])
async def test_a_form_is_githubs_alone_and_has_one_field(hearing: Bench, form: str) -> None:
    headers, _ = hearing.fake.delivery(FULL_NAME, PUSH)
    headers = _received(headers) | {"content-type": "application/x-www-form-urlencoded"}

    if hearing.kind.provider is Provider.GITHUB and form == FORM:
        assert hearing.webhooks.read(headers, form.encode()).payload == {}
        return
    with pytest.raises(InvalidRequestError, match=r"application/json|one field|not payload"):
        hearing.webhooks.read(headers, form.encode())


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
async def test_bombs_are_refused(hearing: Bench, body: bytes, content_type: str) -> None:
    headers, _ = hearing.fake.delivery(FULL_NAME, PUSH)

    with pytest.raises(InvalidRequestError):
        hearing.webhooks.read(_received(headers) | {"content-type": content_type}, body)


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5_000, "\u202e", "a\nb"])
async def test_an_odd_repository_name_is_none(hearing: Bench, name: str) -> None:
    headers, body = hearing.fake.delivery(name, PUSH)

    assert hearing.webhooks.read(_received(headers), body).full_name == ""
