"""Keys are asked for when that can help, by one call for all, and never more often than allowed."""

import asyncio
from typing import Any

import pytest

from deltaci.errors import UnauthorizedError, UnavailableError
from deltaci.oidc_settings import OidcSettings
from deltaci.testing.oidc_issuer import DISCOVERY_PATH, KEYS_PATH, FakeIssuer, IssuerKey
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
    with pytest.raises(UnauthorizedError):
        await authenticator.authenticate(unknown(issuer, 1))


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
