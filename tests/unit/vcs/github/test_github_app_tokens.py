"""Installation tokens: minted once, used in time, and again when refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.github_app import FakeApp, Grant
from deltaci.testing.settable_clock import SettableClock
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.github.app import GitHubApp
from deltaci.vcs.github.app_key import AppKey
from deltaci.vcs.github.kept_tokens import KeptTokens, MintedToken
from deltaci.vcs.port import (
    ForgeApi,
    ForgeGoneError,
    ForgeRefusedError,
    ForgeUnavailableError,
    GitCredential,
    Place,
)

PLACE = Place("acme/shop")


@pytest.fixture
def known(github: FakeForge) -> FakeApp:
    """The App as GitHub knows it."""
    assert github.state.app is not None
    return github.state.app


@pytest.fixture
async def http(github: FakeForge) -> AsyncIterator[ForgeHttp]:
    http = ForgeHttp(github.api_url, 10)
    yield http
    await http.close()


@pytest.fixture
def app(http: ForgeHttp, known: FakeApp, clock: SettableClock) -> GitHubApp:
    return GitHubApp(http, AppKey(known.app_id, known.private_key), "", clock)


def _mints(github: FakeForge) -> int:
    return sum(request.path.endswith("/access_tokens") for request in github.requests)


async def test_a_token_serves_until_two_minutes_before_its_end(
    github: FakeForge, app: GitHubApp, clock: SettableClock
) -> None:
    first = await app.token(PLACE.full_name)
    clock.advance(3600 - 120 - 1)
    assert await app.token(PLACE.full_name) == first
    clock.advance(1)
    assert await app.token(PLACE.full_name) != first
    assert _mints(github) == 2


async def test_repositories_of_one_installation_share_a_token(
    github: FakeForge, app: GitHubApp, known: FakeApp
) -> None:
    known.install("other")
    github.repository("acme/tools")
    github.repository("other/shop")
    ours = await app.token("acme/shop")
    assert await app.token("acme/tools") == ours
    assert await app.token("other/shop") != ours


async def test_many_at_once_mint_one_token(github: FakeForge, app: GitHubApp) -> None:
    tokens = await asyncio.gather(*(app.token(PLACE.full_name) for _each in range(20)))
    assert len(set(tokens)) == 1
    assert _mints(github) == 1


async def test_who_gives_up_does_not_fail_the_others(clock: SettableClock) -> None:
    answered = asyncio.Event()

    async def mint() -> MintedToken:
        await answered.wait()
        return MintedToken("minted", clock() + timedelta(hours=1))

    tokens = KeptTokens(clock)
    first = asyncio.create_task(tokens.get("key", mint))
    second = asyncio.create_task(tokens.get("key", mint))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    answered.set()
    assert await second == "minted"


async def test_a_failed_mint_fails_all_who_wait_and_the_next_one_tries_again(
    github: FakeForge, app: GitHubApp
) -> None:
    await app.git_token(PLACE.full_name)
    github.faults.fail_next(1, 502)
    asked = [app.token(PLACE.full_name) for _each in range(3)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in outcomes] == [ForgeUnavailableError] * 3
    assert await app.token(PLACE.full_name)
    assert _mints(github) == 3


async def test_git_gets_a_token_for_reading_this_repository_alone(
    github: FakeForge, by_app: ForgeApi, known: FakeApp
) -> None:
    credential = await by_app.git_credential(PLACE)
    assert credential is not None
    assert credential == GitCredential("x-access-token", credential.password)
    grant = known.grants[credential.password]
    assert grant == Grant(
        known.installations["acme"], grant.expires_at, frozenset({"shop"}), only_read=True
    )
    assert credential.password not in repr(credential)
    assert credential == await by_app.git_credential(PLACE)


async def test_a_withdrawn_token_is_replaced_once(
    github: FakeForge, by_app: ForgeApi, known: FakeApp
) -> None:
    github.repository(PLACE.full_name).members["ada"] = True
    assert await by_app.may_write(PLACE, "ada")
    known.grants.clear()
    asked = await asyncio.gather(*(by_app.may_write(PLACE, "ada") for _each in range(5)))
    assert asked == [True] * 5
    github.faults.fail_next(2, 401)
    with pytest.raises(ForgeRefusedError):
        await by_app.may_write(PLACE, "ada")


async def test_an_app_that_was_withdrawn_and_installed_anew_goes_on(
    by_app: ForgeApi, known: FakeApp
) -> None:
    comment_id = await by_app.write_comment(PLACE, 7, "first", None)
    known.grants.clear()
    known.install("acme")
    assert await by_app.write_comment(PLACE, 7, "second", comment_id) == comment_id


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"token": "t"}', b'{"token": "t", "expires_at": "never"}']
)
async def test_a_broken_token_is_worth_another_try(
    github: FakeForge, app: GitHubApp, answer: bytes
) -> None:
    await app.git_token(PLACE.full_name)
    github.faults.fail_next(1, 201, body=answer)
    with pytest.raises(ForgeUnavailableError):
        await app.token(PLACE.full_name)
    assert await app.token(PLACE.full_name)


async def test_an_app_that_was_installed_anew_is_found_again(
    app: GitHubApp, known: FakeApp, clock: SettableClock
) -> None:
    await app.token(PLACE.full_name)
    known.install("acme")
    clock.advance(3500)
    token = await app.token(PLACE.full_name)
    assert known.grants[token].installation == known.installations["acme"]


async def test_where_the_app_is_not_installed_nothing_of_ours_is_gone(
    app: GitHubApp, known: FakeApp
) -> None:
    known.installations.clear()
    with pytest.raises(ForgeRefusedError, match="not installed for acme/shop") as refused:
        await app.token(PLACE.full_name)
    assert not isinstance(refused.value, ForgeGoneError)


async def test_a_configured_installation_is_not_asked_for(
    github: FakeForge, http: ForgeHttp, known: FakeApp, clock: SettableClock
) -> None:
    key = AppKey(known.app_id, known.private_key)
    app = GitHubApp(http, key, known.installations["acme"], clock)
    await app.token(PLACE.full_name)
    assert len(github.requests) == 1


def test_a_key_that_is_none_is_refused_without_showing_it() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    elliptic = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    for odd in ("", "s3cret", elliptic, str(public)):
        with pytest.raises(ValueError, match=r"no unencrypted RSA key in PEM$"):
            AppKey("1", odd)
