"""What every adapter promises about signatures: only who knows a secret is believed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deltaci.testing.forge_bench import COMMIT, FULL_NAME, Bench
from deltaci.vcs.port import Delivery, Push

PUSH = Push("refs/heads/main", COMMIT, "b" * 40, "ann")
RIGHT, OTHER = "the right secret", "another secret"


def _delivery(hearing: Bench, secret: str = RIGHT) -> Delivery:
    hearing.fake.webhook_secret = secret
    headers, body = hearing.fake.delivery(FULL_NAME, PUSH, "delivery-1")
    return hearing.webhooks.read({name.lower(): text for name, text in headers.items()}, body)


def _proofs(hearing: Bench) -> set[str]:
    """The headers that depend on the secret."""
    one, other = _delivery(hearing, RIGHT), _delivery(hearing, OTHER)
    return {name for name, text in one.headers.items() if other.headers[name] != text}


def _verified(hearing: Bench, delivery: Delivery, secrets: Sequence[str] = (RIGHT,)) -> bool:
    return hearing.webhooks.verify(delivery, secrets)


@pytest.mark.parametrize(
    ("secrets", "believed"),
    [
        ([RIGHT], True),
        ([OTHER, RIGHT], True),
        ([RIGHT, OTHER], True),
        ([OTHER], False),
        ([RIGHT + " "], False),
        ([RIGHT.upper()], False),
        ([""], False),
        ([], False),
    ],
)
async def test_one_of_the_active_secrets_must_have_signed(
    hearing: Bench, secrets: list[str], believed: bool
) -> None:
    assert _verified(hearing, _delivery(hearing), secrets) is believed


async def test_an_empty_secret_proves_nothing(hearing: Bench) -> None:
    assert not _verified(hearing, _delivery(hearing, ""), [""])


async def test_a_secret_beyond_ascii_works(hearing: Bench) -> None:
    assert _verified(hearing, _delivery(hearing, "ünï 😀 secret"), ["ünï 😀 secret"])


async def test_a_body_that_was_changed_by_one_byte_is_not_believed(hearing: Bench) -> None:
    delivery = _delivery(hearing)
    changed = bytes([delivery.body[0] ^ 1]) + delivery.body[1:]

    believed = _verified(hearing, replace(delivery, body=changed))

    assert believed is not hearing.kind.signs_bodies


async def test_without_a_proof_nothing_is_believed(hearing: Bench) -> None:
    delivery, proofs = _delivery(hearing), _proofs(hearing)
    rest = {name: text for name, text in delivery.headers.items() if name not in proofs}

    assert proofs
    assert not _verified(hearing, replace(delivery, headers=rest))


SPOILT = [
    "",
    " ",
    "=",
    "sha256=",
    "sha1={proof}",
    "sha256=sha256={proof}",
    "{proof}0",
    "0{proof}",
    "{proof}\u0301",
    "\udcff{proof}",
    "\uff45" * 64,
    "{proof}" * 10_000,
]


@pytest.mark.parametrize("spoilt", SPOILT, ids=range(len(SPOILT)))
async def test_an_odd_proof_is_no_proof_and_no_error(hearing: Bench, spoilt: str) -> None:
    delivery, proofs = _delivery(hearing), _proofs(hearing)
    odd = {name: spoilt.format(proof=delivery.headers[name]) for name in proofs}

    assert not _verified(hearing, replace(delivery, headers={**delivery.headers, **odd}))
