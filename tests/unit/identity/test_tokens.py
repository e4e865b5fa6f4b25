"""Tokens say who may do what, and nothing that was changed on the way counts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from deltaci.errors import UnauthorizedError
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.identity.tokens import ALGORITHM, AUDIENCE, CLOCK_SKEW, KEY_FILE, TokenSigner
from deltaci.testing.settable_clock import SettableClock

KEY = "k" * 40
HOUR = timedelta(hours=1)


@pytest.fixture
def signer(clock: SettableClock) -> TokenSigner:
    return TokenSigner(KEY, clock)


def signed(clock: SettableClock, **claims: Any) -> str:
    usual = {
        "iss": OUR_ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "roles": ["observer"],
        "iat": clock(),
        "exp": clock() + HOUR,
    }
    kept = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(kept, KEY, algorithm=ALGORITHM)


def test_a_token_says_who_it_is_for(signer: TokenSigner) -> None:
    issued = signer.issue("ada", [Role.ADMIN, Role.OBSERVER], HOUR)

    assert signer.verify(issued.token) == Principal(
        "ada",
        OUR_ISSUER,
        frozenset({Role.ADMIN, Role.OBSERVER}),
        audiences=frozenset({AUDIENCE}),
    )


@pytest.mark.parametrize(
    "limits", [{}, {"labels": ["gpu"]}, {"repos": ["acme/shop"]}, {"labels": [], "repos": []}]
)
def test_a_runners_token_says_what_limits_it(signer: TokenSigner, limits: dict[str, Any]) -> None:
    runner = signer.verify(signer.issue("r1", [Role.RUNNER], HOUR, **limits).token)

    assert runner.labels == (set(limits["labels"]) if "labels" in limits else None)
    assert runner.repos == (set(limits["repos"]) if "repos" in limits else None)


def test_a_usual_token_counts(signer: TokenSigner, clock: SettableClock) -> None:
    assert signer.verify(signed(clock)).id == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "something else"},
        {"sub": "https://a.test|ada"},
        {"sub": ""},
        {"sub": 7},
        {"sub": None},
        {"exp": None},
        {"exp": "soon"},
        {"roles": ["emperor"]},
        {"roles": 3},
        {"labels": 3},
        {"repos": [{}]},
    ],
)
def test_claims_that_make_no_sense_count_for_nothing(
    signer: TokenSigner, clock: SettableClock, claims: dict[str, Any]
) -> None:
    with pytest.raises(UnauthorizedError):
        signer.verify(signed(clock, **claims))


def test_a_token_expires_by_the_servers_clock(signer: TokenSigner, clock: SettableClock) -> None:
    token = signer.issue("ada", [Role.ADMIN], HOUR).token

    clock.advance((HOUR + CLOCK_SKEW).total_seconds() - 1)
    signer.verify(token)
    clock.advance(2)

    with pytest.raises(UnauthorizedError, match="expired"):
        signer.verify(token)


def test_nobody_gets_a_token_under_a_name_that_could_be_mistaken(signer: TokenSigner) -> None:
    with pytest.raises(ValueError, match="subject"):
        signer.issue("https://a.test|ada", [Role.ADMIN], HOUR)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        TokenSigner("short")


def test_the_kept_key_is_private_and_stays(tmp_path: Path) -> None:
    issued = TokenSigner.load("", tmp_path / "data").issue("ada", [Role.ADMIN], HOUR)

    assert TokenSigner.load("", tmp_path / "data").verify(issued.token).id == "ada"
    assert (tmp_path / "data" / KEY_FILE).stat().st_mode & 0o077 == 0
