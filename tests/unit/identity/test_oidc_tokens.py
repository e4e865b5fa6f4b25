"""Tokens of other issuers count when they are theirs, for us, and now; otherwise for nothing."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.errors import UnauthorizedError
from deltaci.identity.authenticator import TOKEN_MAX_LENGTH
from deltaci.identity.roles import Role
from deltaci.oidc_settings import OidcSettings
from deltaci.testing.oidc_issuer import FakeIssuer, IssuerKey
from deltaci.testing.settable_clock import SettableClock
from deltaci.testing.trust import Trust

SKEW = OidcSettings().clock_skew_seconds
LIFE = 300


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_token_says_who_is_calling(
    clock: SettableClock, trust: Trust, algorithm: str
) -> None:
    async with FakeIssuer(algorithm=algorithm, clock=clock) as issuer:
        caller = await trust(issuer).authenticate(
            issuer.sign(aud=["delta-ci", "x"], azp="cli", email="ada@a.test", email_verified=True)
        )

    assert caller.id == f"{issuer.url}|ada"
    assert caller.roles == {Role.OBSERVER}
    assert caller.audiences == {"delta-ci", "x"}
    assert (caller.azp, caller.email) == ("cli", "ada@a.test")


async def test_our_own_tokens_count_besides(issuer: FakeIssuer, trust: Trust) -> None:
    token = trust.signer.issue("ada", [Role.ADMIN], timedelta(hours=1)).token

    assert (await trust(issuer).authenticate(token)).id == "ada"
    assert issuer.requests == []


@pytest.mark.parametrize("verified", [False, "false"])
async def test_an_address_that_nobody_has_shown_to_be_theirs_is_none(
    issuer: FakeIssuer, trust: Trust, verified: Any
) -> None:
    token = issuer.sign(email="boss@a.test", email_verified=verified)

    assert (await trust(issuer).authenticate(token)).email == ""


NOT_OURS = [
    {"aud": "somebody-else"},
    {"aud": ["somebody-else", "delta-ci-2"]},
    {"aud": {"delta-ci": 1}},
    {"aud": [["delta-ci"]]},
    {"aud": []},
    {"aud": None},
    {"iss": "https://elsewhere.test"},
    {"iss": "delta-ci"},
    {"iss": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "a\nb"},
    {"exp": None},
    {"exp": "4102444800"},
    {"exp": True},
    {"exp": [1]},
    {"exp": float("inf")},
    {"exp": float("nan")},
    {"exp": 10**400},
    {"iat": "now"},
    {"nbf": float("nan")},
]


@pytest.mark.parametrize("claims", NOT_OURS, ids=repr)
async def test_claims_that_are_not_for_us_count_for_nothing(
    issuer: FakeIssuer, trust: Trust, claims: dict[str, Any]
) -> None:
    with pytest.raises(UnauthorizedError, match=r"^the access token is not valid$"):
        await trust(issuer).authenticate(issuer.sign(**claims))


async def test_an_issuer_is_known_by_its_exact_name(issuer: FakeIssuer, trust: Trust) -> None:
    for name in (
        f"{issuer.url}/",
        issuer.url.upper(),
        issuer.url.replace("127.0.0.1", "localhost"),
    ):
        with pytest.raises(UnauthorizedError, match="not valid"):
            await trust(issuer).authenticate(issuer.sign(iss=name))


async def test_a_token_begins_and_ends_by_our_clock_within_the_skew(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator, token = trust(issuer), issuer.sign()

    clock.advance(-SKEW)
    await authenticator.authenticate(token)
    clock.advance(-1)
    with pytest.raises(UnauthorizedError, match=r"^the access token is not valid$"):
        await authenticator.authenticate(token)
    clock.advance(1 + SKEW + LIFE + SKEW - 1)
    await authenticator.authenticate(token)
    clock.advance(1)
    with pytest.raises(UnauthorizedError, match=r"^the access token has expired$"):
        await authenticator.authenticate(token)


async def test_a_token_may_begin_later_than_it_was_issued(
    clock: SettableClock, issuer: FakeIssuer, trust: Trust
) -> None:
    authenticator = trust(issuer)
    token = issuer.sign(nbf=clock().timestamp() + 60)

    with pytest.raises(UnauthorizedError, match="not valid"):
        await authenticator.authenticate(token)
    clock.advance(60)
    await authenticator.authenticate(token)


def _part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _unsigned(issuer: FakeIssuer) -> str:
    header = {"alg": "none", "kid": issuer.key.kid}
    return f"{_part(header)}.{_part(issuer.claims())}."


def _signed_with_the_public_key(issuer: FakeIssuer) -> str:
    pem = issuer.key.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    signer = jwt.get_algorithm_by_name("HS256")
    message = f"{_part({'alg': 'HS256', 'kid': issuer.key.kid})}.{_part(issuer.claims())}"
    signature = signer.sign(message.encode(), pem)
    return f"{message}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _said_to_be_rs256(issuer: FakeIssuer) -> str:
    token = _signed_with_the_public_key(issuer)
    _header, rest = token.split(".", 1)
    return f"{_part({'alg': 'RS256', 'kid': issuer.key.kid})}.{rest}"


def _by_another_key_of_that_name(issuer: FakeIssuer) -> str:
    return issuer.sign(key=IssuerKey.generate(issuer.key.kid, "RS256"))


def _by_another_algorithm(issuer: FakeIssuer) -> str:
    return issuer.sign(key=IssuerKey.generate(issuer.key.kid, "ES256"))


def _without_a_key_id(issuer: FakeIssuer) -> str:
    return jwt.encode(issuer.claims(), issuer.key.private, "RS256")


def _with_other_claims(issuer: FakeIssuer) -> str:
    header, _claims, signature = issuer.sign().split(".")
    return f"{header}.{_part(issuer.claims(sub='root'))}.{signature}"


def _with_an_extension_that_we_do_not_know(issuer: FakeIssuer) -> str:
    headers = {"kid": issuer.key.kid, "crit": ["exp"]}
    return jwt.encode(issuer.claims(), issuer.key.private, "RS256", headers)


def _with_a_key_of_its_own(issuer: FakeIssuer) -> str:
    key = IssuerKey.generate("mine", "RS256")
    return jwt.encode(issuer.claims(), key.private, "RS256", {"kid": "mine", "jwk": key.published})


def _ours_by_name(issuer: FakeIssuer) -> str:
    return issuer.sign(iss="delta-ci", roles=["admin"])


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _signed_with_the_public_key,
        _said_to_be_rs256,
        _by_another_key_of_that_name,
        _by_another_algorithm,
        _without_a_key_id,
        _with_other_claims,
        _with_an_extension_that_we_do_not_know,
        _with_a_key_of_its_own,
        _ours_by_name,
    ],
)
async def test_a_forged_token_counts_for_nothing(
    issuer: FakeIssuer, trust: Trust, forge: Callable[[FakeIssuer], str]
) -> None:
    authenticator = trust(issuer)
    await authenticator.authenticate(issuer.sign())

    with pytest.raises(UnauthorizedError, match=r"^the access token is not valid$"):
        await authenticator.authenticate(forge(issuer))


async def test_two_issuers_may_call_their_keys_alike(clock: SettableClock, trust: Trust) -> None:
    async with FakeIssuer(clock=clock) as one, FakeIssuer(clock=clock) as other:
        authenticator = trust(one, other)
        assert one.key.kid == other.key.kid

        assert (await authenticator.authenticate(one.sign())).issuer == one.url
        assert (await authenticator.authenticate(other.sign())).issuer == other.url
        for forged in (one.sign(iss=other.url), other.sign(iss=one.url)):
            with pytest.raises(UnauthorizedError):
                await authenticator.authenticate(forged)


async def test_an_oversized_token_is_not_even_read(issuer: FakeIssuer, trust: Trust) -> None:
    authenticator = trust(issuer)
    large = issuer.sign(padding="x" * (TOKEN_MAX_LENGTH // 2))
    await authenticator.authenticate(large)

    with pytest.raises(UnauthorizedError, match="not valid"):
        await authenticator.authenticate(issuer.sign(padding="x" * TOKEN_MAX_LENGTH))


async def test_long_subjects_of_ci_systems_are_told_apart(issuer: FakeIssuer, trust: Trust) -> None:
    branch = "renovate/" + "x" * 240
    authenticator = trust(issuer)

    ids = {
        (await authenticator.authenticate(issuer.sign(sub=f"repo:a/b:ref:{branch}{end}"))).id
        for end in ("", "y", "z")
    }

    assert len(ids) == 3
    assert all(len(each) <= 190 for each in ids)


@settings(deadline=None)
@given(text=st.text(max_size=200) | st.from_regex(r"[\w-]{1,80}\.[\w-]{1,80}\.[\w-]{0,80}"))
async def test_whatever_is_sent_instead_is_refused(text: str) -> None:
    with pytest.raises(UnauthorizedError):
        await Trust()().authenticate(text)


async def test_one_that_nests_deeply_is_refused(issuer: FakeIssuer, trust: Trust) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("=")

    for token in (f"{deep}.{deep}.", f"{_part({'alg': 'RS256', 'kid': 'x'})}.{deep}."):
        with pytest.raises(UnauthorizedError):
            await trust(issuer).authenticate(token)
