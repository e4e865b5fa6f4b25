"""Keys are asked for when that can help, by one call for all, and never more often than allowed."""

import asyncio
import json
import warnings
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.errors import UnauthorizedError, UnavailableError
from deltaci.identity.public_keys import KEYS_MAX, usable_keys
from deltaci.identity.published_keys import DOCUMENT_MAX_BYTES, IssuerError, PublishedKeys
from deltaci.oidc_settings import OidcSettings
from deltaci.outgoing_http import outgoing_client
from deltaci.testing.oidc_issuer import (
    DISCOVERY_PATH,
    KEYS_PATH,
    RSA_BITS,
    FakeIssuer,
    IssuerKey,
)
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.trust import Trust

DEFAULTS = OidcSettings()
STORM = 50


def unknown(issuer: FakeIssuer, number: int) -> str:
    """Return a token that names a key that nobody has."""
    stranger = IssuerKey(f"unknown-{number}", issuer.key.algorithm, issuer.key.private)
    return issuer.sign(key=stranger)


async def test_keys_are_asked_for_once_by_however_many_at_once(
    issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)

    await asyncio.gather(*(authenticator.authenticate(issuer.sign()) for _ in range(STORM)))

    assert issuer.requests == [DISCOVERY_PATH, KEYS_PATH]


async def test_a_storm_of_unknown_keys_makes_one_request_per_cool_down(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    await authenticator.authenticate(issuer.sign())
    clock.advance(DEFAULTS.cooldown_seconds)

    for expected in (1, 2):
        issuer.requests.clear()
        tokens = [unknown(issuer, number) for number in range(STORM)]
        refused = await asyncio.gather(
            *map(authenticator.authenticate, tokens), return_exceptions=True
        )
        refused += [await _refusal(authenticator.authenticate(token)) for token in tokens]

        assert {type(each) for each in refused} == {UnauthorizedError}, expected
        assert issuer.requests == [KEYS_PATH]
        clock.advance(DEFAULTS.cooldown_seconds)


async def _refusal(call: Any) -> BaseException:
    with pytest.raises(UnauthorizedError) as refused:
        await call
    return refused.value


async def test_tokens_of_another_algorithm_ask_for_no_keys(
    issuer: FakeIssuer, trust: Trust
) -> None:
    with pytest.raises(UnauthorizedError):
        await trust(issuer).authenticate(issuer.sign(key=IssuerKey.generate("k", "ES256")))

    assert issuer.requests == []


async def test_a_new_key_counts_at_once_and_a_withdrawn_one_no_longer(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    old = issuer.sign()
    await authenticator.authenticate(old)
    clock.advance(DEFAULTS.cooldown_seconds)

    issuer.rotate()
    await authenticator.authenticate(issuer.sign())
    await authenticator.authenticate(old)
    clock.advance(DEFAULTS.cooldown_seconds)
    issuer.rotate(keep=False)
    await authenticator.authenticate(issuer.sign())

    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(old)


async def test_a_withdrawn_key_is_noticed_though_nothing_new_is_used(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    stolen = issuer.sign(exp=4102444800)
    await authenticator.authenticate(stolen)

    issuer.rotate(keep=False)
    clock.advance(DEFAULTS.keys_cache_seconds - 1)
    await authenticator.authenticate(stolen)
    clock.advance(1)

    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(stolen)


async def test_known_keys_count_while_the_issuer_is_down_but_not_for_ever(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    token = issuer.sign(exp=4102444800)
    await authenticator.authenticate(token)
    await issuer.go_down()

    clock.advance(DEFAULTS.keys_keep_seconds - 1)
    await authenticator.authenticate(token)
    with pytest.raises(UnavailableError):
        await authenticator.authenticate(unknown(issuer, 1))
    clock.advance(1)
    with pytest.raises(UnavailableError):
        await authenticator.authenticate(token)


async def test_an_issuer_that_comes_back_is_asked_after_the_cool_down(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator, token = trust(issuer), issuer.sign()
    issuer.faults.fail_next(1, 500)

    for _ in range(2):
        with pytest.raises(UnavailableError, match="try again"):
            await authenticator.authenticate(token)
    assert len(issuer.requests) == 1
    clock.advance(DEFAULTS.cooldown_seconds)

    await authenticator.authenticate(token)


async def test_a_clock_that_is_set_back_does_not_stop_the_asking(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    await authenticator.authenticate(issuer.sign())

    clock.advance(-86_400)
    issuer.rotate()

    await authenticator.authenticate(issuer.sign())


async def test_a_caller_who_gives_up_fails_nobody_else(issuer: FakeIssuer, trust: Trust) -> None:
    authenticator = trust(issuer)
    impatient = asyncio.create_task(authenticator.authenticate(issuer.sign()))
    patient = asyncio.create_task(authenticator.authenticate(issuer.sign()))
    await asyncio.sleep(0)  # both have asked

    impatient.cancel()

    assert (await patient).subject == "ada"
    assert issuer.requests == [DISCOVERY_PATH, KEYS_PATH]


async def test_keys_that_moved_are_found_again(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    issuer.discovered = {"jwks_uri": f"{issuer.url}/moved-from"}
    authenticator = trust(issuer)
    with pytest.raises(UnavailableError):
        await authenticator.authenticate(issuer.sign())

    issuer.discovered = {}
    clock.advance(DEFAULTS.cooldown_seconds)

    await authenticator.authenticate(issuer.sign())


async def test_keys_whose_address_is_set_are_not_searched_for(
    issuer: FakeIssuer, trust: Trust
) -> None:
    await trust(issuer.trusted(jwks_url=f"{issuer.url}{KEYS_PATH}")).authenticate(issuer.sign())

    assert issuer.requests == [KEYS_PATH]


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


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=9,
)
PARTS = st.sampled_from(["kty", "n", "e", "crv", "x", "y", "use", "alg"])


@given(st.dictionaries(PARTS, JSON), st.sampled_from([STRONG, CURVED]))
def test_no_key_set_is_odd_enough_to_break_us(changed: dict[str, Any], key: IssuerKey) -> None:
    found = usable_keys({"keys": [key.published | changed]}, key.algorithm)

    assert set(found) <= {key.kid}
