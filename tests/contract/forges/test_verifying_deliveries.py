"""What every adapter promises about signatures: only who knows a secret is believed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deltaci.testing.forge_bench import COMMIT, FULL_NAME, Bench
from deltaci.vcs.port import Delivery, Push

PUSH = Push("refs/heads/main", COMMIT, "b" * 40, "ann")
RIGHT, OTHER = "the right secret", "another secret"


def _delivery(bench: Bench, secret: str = RIGHT) -> Delivery:
    bench.fake.webhook_secret = secret
    headers, body = bench.fake.delivery(FULL_NAME, PUSH, "delivery-1")
    return bench.webhooks.read({name.lower(): text for name, text in headers.items()}, body)


def _proofs(bench: Bench) -> set[str]:
    """The headers that depend on the secret."""
    one, other = _delivery(bench, RIGHT), _delivery(bench, OTHER)
    return {name for name, text in one.headers.items() if other.headers[name] != text}


def _verified(bench: Bench, delivery: Delivery, secrets: Sequence[str] = (RIGHT,)) -> bool:
    return bench.webhooks.verify(delivery, secrets)


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
    bench: Bench, secrets: list[str], believed: bool
) -> None:
    assert _verified(bench, _delivery(bench), secrets) is believed


async def test_an_empty_secret_proves_nothing(bench: Bench) -> None:
    assert not _verified(bench, _delivery(bench, ""), [""])


async def test_a_secret_beyond_ascii_works(bench: Bench) -> None:
    assert _verified(bench, _delivery(bench, "ünï 😀 secret"), ["ünï 😀 secret"])


async def test_a_body_that_was_changed_by_one_byte_is_not_believed(bench: Bench) -> None:
    delivery = _delivery(bench)
    changed = bytes([delivery.body[0] ^ 1]) + delivery.body[1:]

    believed = _verified(bench, replace(delivery, body=changed))

    assert believed is not bench.kind.signs_bodies


async def test_without_a_proof_nothing_is_believed(bench: Bench) -> None:
    delivery, proofs = _delivery(bench), _proofs(bench)
    rest = {name: text for name, text in delivery.headers.items() if name not in proofs}

    assert proofs
    assert not _verified(bench, replace(delivery, headers=rest))


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
async def test_an_odd_proof_is_no_proof_and_no_error(bench: Bench, spoilt: str) -> None:
    delivery, proofs = _delivery(bench), _proofs(bench)
    odd = {name: spoilt.format(proof=delivery.headers[name]) for name in proofs}

    assert not _verified(bench, replace(delivery, headers={**delivery.headers, **odd}))
