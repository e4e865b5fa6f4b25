"""Whom a delivery is believed to be from."""

import hashlib
import hmac

import pytest

from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Delivery

BODY = b'{"zen": "It\'s not fully shipped until it\'s fast."}'
SECRET = "It's a Secret to Everybody"


def _signature(algorithm: str, secret: str = SECRET, body: bytes = BODY) -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def _is_believed(headers: dict[str, str], *secrets: str, allow_sha1: bool = False) -> bool:
    webhooks = GitHubWebhooks(allow_sha1=allow_sha1)
    return webhooks.verify(webhooks.read({"x-github-event": "ping", **headers}, BODY), secrets)


def test_the_example_in_githubs_manual() -> None:
    signed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    delivery = Delivery("", "", "", b"Hello, World!", {}, {"x-hub-signature-256": signed})
    assert GitHubWebhooks().verify(delivery, [SECRET])


def test_any_of_the_active_secrets_will_do() -> None:
    headers = {"x-hub-signature-256": _signature("sha256")}
    assert _is_believed(headers, "the next one", SECRET)
    assert not _is_believed(headers, "the next one")
    assert not _is_believed(headers)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256",
        _signature("sha256")[:-1],
        _signature("sha256").upper(),
        _signature("sha256").removeprefix("sha256="),
        _signature("sha256", body=BODY + b" "),
        _signature("sha1"),
        _signature("md5"),
        f"sha256={hashlib.sha256(BODY).hexdigest()}",
        "sha256=é\udcff\0",
    ],
)
def test_no_other_signature_will_do(signature: str) -> None:
    assert not _is_believed({"x-hub-signature-256": signature}, SECRET)
    assert not _is_believed({"x-hub-signature-256": signature}, SECRET, allow_sha1=True)


def test_sha1_counts_only_when_it_is_allowed_and_nothing_better_was_sent() -> None:
    old = {"x-hub-signature": _signature("sha1")}
    assert not _is_believed(old, SECRET)
    assert _is_believed(old, SECRET, allow_sha1=True)
    assert not _is_believed({**old, "x-hub-signature-256": "sha256=0"}, SECRET, allow_sha1=True)
