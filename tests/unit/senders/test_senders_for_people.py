"""Slack, Apprise and e-mail show names letter for letter, and nothing in them does anything."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from deltaci.notification_settings import NotificationSettings
from deltaci.senders.apprise_sender import AppriseSender, inert
from deltaci.senders.port import Message, RefusedError, UnreachedError
from deltaci.senders.slack import SlackSender, blocks_of
from deltaci.senders.smtp import EmailSender, mail_of
from deltaci.testing.http_stub import Answer
from deltaci.testing.receiver import Receiver
from deltaci.testing.smtp_stub import SmtpStub, taking_mail

MakeMessage = Callable[..., Message]
HERE = frozenset({"127.0.0.1"})
HOSTILE = "<!channel> @everyone **bold** [x](https://evil.example) <b>hi</b> `code` <@U123>"


async def test_slack_is_sent_plain_text_and_a_button(
    receiver: Receiver, message: MakeMessage
) -> None:
    sender = SlackSender(5.0, HERE)
    await sender.send({"webhook_url": receiver.url}, message())
    await sender.close()

    document = json.loads(receiver.received[0].body)
    section, actions = document["blocks"]
    assert section["text"]["type"] == "plain_text"
    assert "By: ann" in section["text"]["text"]
    assert actions["elements"][0]["url"] == "https://ci.example/7"


def test_slack_finds_no_markup_or_mention_in_names(message: MakeMessage) -> None:
    document = blocks_of(message(title=HOSTILE, text=HOSTILE, link=""))

    assert [block["text"]["type"] for block in document["blocks"]] == ["plain_text"]
    assert "<" not in document["text"]
    assert (document["mrkdwn"], document["parse"], document["link_names"]) == (False, "none", False)


def test_a_text_that_slack_would_refuse_is_cut(message: MakeMessage) -> None:
    document = blocks_of(message(text="x" * 10_000))

    assert len(document["blocks"][0]["text"]["text"]) < 3_000


@pytest.fixture
async def apprise() -> AsyncIterator[AppriseSender]:
    sender = AppriseSender(60.0, {"json", "xml"}, HERE)  # its first load is slow
    yield sender
    await sender.close()


async def test_apprise_delivers(
    apprise: AppriseSender, receiver: Receiver, message: MakeMessage
) -> None:
    await apprise.send({"url": f"json://127.0.0.1:{receiver.port}/x"}, message())

    document = json.loads(receiver.received[0].body)
    assert "By: ann" in document["message"]


def test_nothing_in_a_name_is_markup_anywhere() -> None:
    shown = inert(HOSTILE)

    for trap in ("@everyone", "<!channel>", "**", "](", "<b>", "`", "<@U123>", "https://"):
        assert trap not in shown
    assert shown.replace("\u2060", "").startswith("<!channel> @everyone")


async def test_a_kind_that_is_not_allowed_is_refused(
    apprise: AppriseSender, message: MakeMessage
) -> None:
    for url in ("syslog://", "form://127.0.0.1/", "file:///etc/passwd", "exec://ls"):
        with pytest.raises(RefusedError, match="do not allow"):
            await apprise.send({"url": url}, message())


@pytest.mark.parametrize("asked", ["redirect=yes", "retry=5&wait=60", "verify=no"])
async def test_what_an_address_asks_for_beyond_the_receiver_is_overruled(
    apprise: AppriseSender, receiver: Receiver, message: MakeMessage, asked: str
) -> None:
    receiver.otherwise = Answer(302, headers={"Location": receiver.url})
    url = f"json://127.0.0.1:{receiver.port}/?{asked}"

    with pytest.raises(UnreachedError, match="did not take it"):
        await apprise.send({"url": url}, message())

    assert len(receiver.received) == 1


async def test_apprise_is_not_waited_for_longer_than_its_turn(
    receiver: Receiver, message: MakeMessage
) -> None:
    receiver.gate = asyncio.Event()
    sender = AppriseSender(0.5, {"json"}, HERE)

    with pytest.raises(UnreachedError):
        await sender.send({"url": f"json://127.0.0.1:{receiver.port}/?rto=300"}, message())

    await sender.close()


@pytest.fixture
async def post_office() -> AsyncIterator[SmtpStub]:
    async with taking_mail() as post_office:
        yield post_office


def mailer(port: int) -> EmailSender:
    return EmailSender(
        NotificationSettings(
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
            smtp_from="ci@example.org",
            timeout_seconds=5,
        )
    )


async def test_mail_is_plain_text_from_us(post_office: SmtpStub, message: MakeMessage) -> None:
    sender = mailer(post_office.port)
    await sender.send({"address": "ops@example.org"}, message(text=HOSTILE))
    await sender.close()

    (letter,) = post_office.letters
    assert (letter["To"], letter["From"]) == ("ops@example.org", "Delta CI <ci@example.org>")
    assert letter["Message-ID"] == "<msg_7_channel@delta-ci>"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().strip() == HOSTILE


@pytest.mark.parametrize(("code", "error"), [(550, RefusedError), (451, UnreachedError)])
async def test_what_the_mail_server_says_counts(
    post_office: SmtpStub, message: MakeMessage, code: int, error: type[Exception]
) -> None:
    post_office.recipient_code = code
    sender = mailer(post_office.port)

    with pytest.raises(error, match="the mail server"):
        await sender.send({"address": "ops@example.org"}, message())

    await sender.close()


@pytest.mark.parametrize(
    "address", ["a..b@example.org", "a@exa\x7fmple.org", "a@b@c", "ä@example.org"]
)
async def test_an_address_that_is_none_is_refused_for_good(
    post_office: SmtpStub, message: MakeMessage, address: str
) -> None:
    sender = mailer(post_office.port)

    with pytest.raises(RefusedError):
        await sender.send({"address": address}, message())

    await sender.close()
    assert post_office.letters == []


async def test_a_mail_server_that_is_away_is_tried_again(message: MakeMessage) -> None:
    sender = mailer(1)

    with pytest.raises(UnreachedError, match="cannot be reached"):
        await sender.send({"address": "ops@example.org"}, message())

    await sender.close()


def test_a_title_cannot_add_a_header(message: MakeMessage) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|carriage"):
        mail_of(message(title="x\nBcc: victim@example.org"), "ci@example.org", "a@example.org")
