"""Discovery documents and key sets are other people's: read with care, and bounded."""

import contextlib
import json
import warnings
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.errors import UnauthorizedError
from deltaci.identity.public_keys import KEYS_MAX, usable_keys
from deltaci.identity.published_keys import DOCUMENT_MAX_BYTES, IssuerError, PublishedKeys
from deltaci.oidc_settings import require_address
from deltaci.outgoing_http import outgoing_client
from deltaci.testing.oidc_issuer import (
    DISCOVERY_PATH,
    KEYS_PATH,
    RSA_BITS,
    FakeIssuer,
    IssuerKey,
)
from deltaci.testing.trust import Trust


async def fetched(issuer: FakeIssuer, timeout_seconds: float = 5, **fields: Any) -> Any:
    async with outgoing_client(timeout_seconds) as http:
        return await PublishedKeys(issuer.trusted(**fields), http, timeout_seconds).fetch()


@pytest.mark.parametrize(
    ("discovered", "complaint"),
    [
        ({"issuer": "https://elsewhere.test"}, "names another issuer"),
        ({"issuer": None}, "names another issuer"),
        ({"jwks_uri": None}, "jwks_uri must be an https address"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri must be an https address"),
        ({"jwks_uri": "http://[::1"}, "jwks_uri"),
        ({"jwks_uri": "http://keys.example.test/keys"}, "`allow_http`"),
        ({"jwks_uri": "https://ada:secret@127.0.0.1/keys"}, "neither credentials"),
    ],
)
async def test_a_discovery_document_that_leads_astray_is_not_followed(
    issuer: FakeIssuer, discovered: dict[str, Any], complaint: str
) -> None:
    issuer.discovered = discovered

    with pytest.raises(IssuerError, match=complaint):
        await fetched(issuer)
    assert issuer.requests == [DISCOVERY_PATH]


@pytest.mark.parametrize(
    ("address", "like", "follows"),
    [
        ("https://keys.test/k?p=1", "https://a.test", True),
        ("https://keys.test/k", "http://127.0.0.1", True),
        ("http://localhost:1/k", "http://127.0.0.1", True),
        ("http://[::1]/k", "http://127.0.0.1", True),
        ("http://127.0.0.1/k", "https://a.test", False),
        ("http://127.0.0.1.evil.test/k", "http://127.0.0.1", False),
        ("http://10.0.0.1/k", "http://127.0.0.1", False),
        ("https://ada@keys.test/k", "https://a.test", False),
    ],
)
def test_keys_are_fetched_in_plain_on_this_machine_only(
    address: str, like: str, follows: bool
) -> None:
    with contextlib.nullcontext() if follows else pytest.raises(ValueError, match="must"):
        require_address(address, allow_http=False, like=like)


def _elsewhere(issuer: FakeIssuer) -> None:
    headers = {"Location": f"{issuer.url}{KEYS_PATH}"}
    issuer.faults.fail_next(1, 302, headers, json.dumps({"keys": issuer.keys}).encode())


def _endless(issuer: FakeIssuer) -> None:
    issuer.faults.fail_next(1, 200, body=b" " * (DOCUMENT_MAX_BYTES + 1))


def _deep(issuer: FakeIssuer) -> None:
    issuer.faults.fail_next(1, 200, body=b"[" * 50_000)


def _html(issuer: FakeIssuer) -> None:
    issuer.faults.fail_next(1, 200, body=b"<html>")


def _no_keys(issuer: FakeIssuer) -> None:
    issuer.faults.fail_next(1, 200, body=b'{"keys": 3}')


@pytest.mark.parametrize(
    ("misbehave", "complaint"),
    [
        (_elsewhere, "answered 302"),
        (_endless, "more than"),
        (_deep, "not JSON"),
        (_html, "not JSON"),
        (_no_keys, "not a key set"),
    ],
)
async def test_what_is_no_key_set_is_an_error_of_the_issuer(
    issuer: FakeIssuer, misbehave: Callable[[FakeIssuer], None], complaint: str
) -> None:
    misbehave(issuer)

    with pytest.raises(IssuerError, match=complaint):
        await fetched(issuer, jwks_url=f"{issuer.url}{KEYS_PATH}")


async def test_an_issuer_that_is_slow_is_not_waited_for(issuer: FakeIssuer) -> None:
    issuer.faults.delay(60)

    with pytest.raises(IssuerError, match="cannot be reached"):
        await fetched(issuer, timeout_seconds=0.05)


async def test_a_weak_key_counts_for_nothing(issuer: FakeIssuer, trust: Trust) -> None:
    weak = IssuerKey.generate("weak", "RS256", bits=RSA_BITS // 2)
    issuer.keys.append(weak.published)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.warnings.InsecureKeyLengthWarning)
        token = issuer.sign(key=weak)

    with pytest.raises(UnauthorizedError):
        await trust(issuer).authenticate(token)


STRONG = IssuerKey.generate("strong", "RS256")
CURVED = IssuerKey.generate("curved", "ES256")


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"alg": "HS256"},
        {"alg": "RS512"},
        {"kid": None},
        {"kid": 7},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "EC"},
        {"n": None},
        {"n": ""},
        {"n": 3},
        {"e": "AA"},
    ],
)
def test_what_is_no_usable_key_is_left_out(changed: dict[str, Any]) -> None:
    document = {"keys": [STRONG.published | changed, "no key", CURVED.published]}

    assert usable_keys(document, "RS256") == {}
    assert set(usable_keys(document, "ES256")) == {"curved"}


def test_a_key_needs_to_say_no_more_than_what_it_is() -> None:
    bare = {name: STRONG.published[name] for name in ("kty", "n", "e", "kid")}

    assert set(usable_keys({"keys": [bare]}, "RS256")) == {"strong"}


def test_of_endless_keys_the_first_count() -> None:
    keys = [CURVED.published | {"kid": str(number)} for number in range(KEYS_MAX + 1)]

    assert len(usable_keys({"keys": keys}, "ES256")) == KEYS_MAX


TEXTS = st.text(max_size=9)
JSON = st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2)
PARTS = st.sampled_from(["kty", "n", "e", "crv", "x", "y", "use", "alg"])


@settings(deadline=None)
@given(st.dictionaries(PARTS, JSON), st.sampled_from([STRONG, CURVED]))
def test_no_key_set_is_odd_enough_to_break_us(changed: dict[str, Any], key: IssuerKey) -> None:
    found = usable_keys({"keys": [key.published | changed]}, key.algorithm)

    assert set(found) <= {key.kid}
