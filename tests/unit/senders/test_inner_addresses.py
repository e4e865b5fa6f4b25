"""No channel leads inside, whatever its name turns into and whenever it does."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from deltaci.senders.apprise_sender import AppriseSender
from deltaci.senders.guard import GuardedBackend, InnerAddressError
from deltaci.senders.port import Message, RefusedError
from deltaci.senders.slack import SlackSender
from deltaci.senders.thread_guard import public_addresses_only
from deltaci.senders.webhook import WebhookSender
from deltaci.testing.receiver import Receiver

MakeMessage = Callable[..., Message]
INNER = (
    *("127.0.0.1", "127.8.8.8", "10.0.0.1", "192.168.0.1", "172.16.0.1", "0.0.0.0"),  # noqa: S104 - refused
    *("169.254.169.254", "100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1"),
    *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What each lookup of a name answers, in turn."""
    answers: dict[str, list[list[str]]] = {}

    async def look_up(_loop: Any, host: str, port: int, **_: Any) -> Any:
        return [(2, 1, 6, "", (address, port)) for address in answers[host].pop(0)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    return answers


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to."""
    addresses: list[str] = []

    async def connect(_backend: Any, host: str, *_: Any) -> Any:
        addresses.append(host)
        raise httpcore2.ConnectError("nobody there")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    return addresses


@pytest.mark.parametrize("address", INNER)
async def test_a_name_that_leads_inside_is_refused(
    names: dict[str, list[list[str]]], connected: list[str], address: str
) -> None:
    names["innocent.example"] = [[address]]

    with pytest.raises(InnerAddressError):
        await GuardedBackend(frozenset()).connect_tcp("innocent.example", 443)

    assert connected == []


async def test_one_inner_address_among_public_ones_is_enough(
    names: dict[str, list[list[str]]], connected: list[str]
) -> None:
    names["mixed.example"] = [["93.184.216.34", "10.0.0.1"]]

    with pytest.raises(InnerAddressError):
        await GuardedBackend(frozenset()).connect_tcp("mixed.example", 443)

    assert connected == []


async def test_a_name_is_looked_up_once_and_connected_to_as_it_was_looked_at(
    names: dict[str, list[list[str]]], connected: list[str]
) -> None:
    """A second lookup would give the rebinding name server its chance."""
    names["rebinding.example"] = [["93.184.216.34"], ["127.0.0.1"]]

    with pytest.raises(httpcore2.ConnectError):
        await GuardedBackend(frozenset()).connect_tcp("rebinding.example", 443)

    assert connected == ["93.184.216.34"]
    assert names["rebinding.example"] == [["127.0.0.1"]]


@pytest.mark.parametrize("allowed", ["inside.example", "any"])
async def test_a_host_of_the_settings_may_be_inside(
    names: dict[str, list[list[str]]], connected: list[str], allowed: str
) -> None:
    names["Inside.Example"] = [["10.0.0.1"]]

    with pytest.raises(httpcore2.ConnectError):
        await GuardedBackend(frozenset({allowed})).connect_tcp("Inside.Example", 443)

    assert connected == ["10.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_webhooks_do_not_reach_this_machine(
    receiver: Receiver, message: MakeMessage, host: str
) -> None:
    webhook, slack = WebhookSender(5.0, frozenset()), SlackSender(5.0, frozenset())
    url = f"http://{host}:{receiver.port}/"

    with pytest.raises(RefusedError, match="public addresses"):
        await webhook.send({"url": url}, message())
    with pytest.raises(RefusedError, match="public addresses"):
        await slack.send({"webhook_url": url}, message())

    await webhook.close()
    await slack.close()
    assert receiver.received == []


async def test_apprise_does_not_reach_this_machine(
    receiver: Receiver, message: MakeMessage
) -> None:
    sender = AppriseSender(5.0, {"json"}, frozenset())

    with pytest.raises(RefusedError, match="public addresses"):
        await sender.send({"url": f"json://localhost:{receiver.port}/"}, message())

    await sender.close()
    assert receiver.received == []


def test_a_guarded_thread_sends_no_datagram_inside_and_uses_no_local_socket(
    tmp_path: Path,
) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as local,
        public_addresses_only() as watch,
    ):
        with pytest.raises(ConnectionRefusedError):
            datagrams.sendto(b"x", ("127.0.0.1", 9))
        with pytest.raises(ConnectionRefusedError):
            local.connect(str(tmp_path / "local.sock"))

    assert watch.refused


async def test_only_threads_of_apprise_are_kept_from_this_machine(
    receiver: Receiver, message: MakeMessage
) -> None:
    """The hook stays for the life of the process; everybody else connects as before."""
    apprise = AppriseSender(5.0, {"json"}, frozenset())
    with pytest.raises(RefusedError):
        await apprise.send({"url": f"json://127.0.0.1:{receiver.port}/"}, message())
    webhook = WebhookSender(5.0, frozenset({"127.0.0.1"}))

    assert await webhook.send({"url": receiver.url}, message()) == 204

    await apprise.close()
    await webhook.close()
