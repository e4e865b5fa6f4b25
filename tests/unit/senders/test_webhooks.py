"""A webhook carries two signatures, and what its receiver does becomes one of three outcomes."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from deltaci.senders.port import Message, RefusedError, SenderError, UnreachedError
from deltaci.senders.post import seconds_of
from deltaci.senders.webhook import WebhookSender
from deltaci.testing.http_stub import Answer
from deltaci.testing.receiver import Receiver

MakeMessage = Callable[..., Message]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE = 5.0


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    sender = WebhookSender(PATIENCE, frozenset({"127.0.0.1"}))
    yield sender
    await sender.close()


@pytest.mark.parametrize("secret", [SECRET, "a plain secret".replace(" ", "-")])
async def test_a_receiver_can_check_both_signatures(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage, secret: str
) -> None:
    assert await sender.send({"url": receiver.url, "secret": secret}, message()) == 204

    (request,) = receiver.received
    key = secret if secret.startswith("whsec_") else secret.encode()
    verified = Webhook(key).verify(request.body, dict(request.headers))
    digest = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    assert verified == message().payload
    assert request.headers["x-versioner-signature"] == f"sha256={digest}"
    assert request.headers["x-versioner-event"] == "deployment.failed"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_7_channel"


async def test_a_body_that_was_changed_on_the_way_is_noticed(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage
) -> None:
    await sender.send({"url": receiver.url, "secret": SECRET}, message())
    (request,) = receiver.received

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body + b" ", dict(request.headers))


async def test_the_body_is_compact_json_with_every_letter_as_it_is(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage
) -> None:
    await sender.send({"url": receiver.url}, message())
    (request,) = receiver.received

    assert request.body == '{"id":"dep-1","product_name":"größe","environment":null}'.encode()
    assert json.loads(request.body) == message().payload
    assert "x-versioner-signature" not in request.headers
    assert "webhook-signature" not in request.headers


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429])
async def test_what_may_pass_is_tried_again(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage, status: int
) -> None:
    receiver.otherwise = Answer(status, headers={"Retry-After": "7"})

    with pytest.raises(UnreachedError) as away:
        await sender.send({"url": receiver.url}, message())

    assert (away.value.status, away.value.retry_after_seconds) == (status, 7.0)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_a_refusal_is_final(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage, status: int
) -> None:
    receiver.otherwise = Answer(status)

    with pytest.raises(RefusedError) as refused:
        await sender.send({"url": receiver.url}, message())

    assert refused.value.status == status


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage, status: int
) -> None:
    receiver.otherwise = Answer(status, headers={"Location": receiver.url})

    with pytest.raises(RefusedError, match="redirects are not followed"):
        await sender.send({"url": receiver.url}, message())

    assert len(receiver.received) == 1


async def test_a_receiver_that_does_not_answer_costs_a_bounded_time(
    receiver: Receiver, message: MakeMessage
) -> None:
    receiver.gate = asyncio.Event()
    sender = WebhookSender(0.2, frozenset({"127.0.0.1"}))

    with pytest.raises(UnreachedError, match=r"no answer within|in time"):
        await sender.send({"url": receiver.url}, message())

    await sender.close()


async def test_a_huge_answer_is_not_read(
    sender: WebhookSender, receiver: Receiver, message: MakeMessage
) -> None:
    receiver.otherwise = Answer(200, b"x" * 50_000_000)

    assert await sender.send({"url": receiver.url}, message()) == 200


async def test_errors_do_not_name_the_address(message: MakeMessage) -> None:
    sender = WebhookSender(PATIENCE, frozenset({"127.0.0.1"}))
    config = {"url": "http://127.0.0.1:1/hooks/path-secret?token=query-secret"}

    with pytest.raises(SenderError) as error:
        await sender.send(config, message())

    await sender.close()
    assert isinstance(error.value, UnreachedError)
    assert error.value.__cause__ is None
    assert "secret" not in str(error.value) + error.value.message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("-3", None),
        ("0", 0.0),
        ("120", 120.0),
        ("99999999999999999999", 3600.0),
        ("Mon, 30 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(header: str, seconds: float | None) -> None:
    assert seconds_of(header, datetime(2026, 11, 30, 12, tzinfo=UTC)) == seconds
