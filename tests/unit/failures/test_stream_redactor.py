"""Masking a stream of bytes: the same for every way to cut it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deltaci.failures.redaction import StreamRedactor

SECRETS = ("correct horse", "sécrèt-värde", "first line of key\nsecond line of key", "ÅÅÅÅÅÅ")


def streamed(chunks: list[bytes], secrets: tuple[str, ...] = SECRETS) -> bytes:
    redactor = StreamRedactor(secrets)
    return b"".join([*map(redactor.feed, chunks), redactor.finish()])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(borders)]


PIECES = st.sampled_from(
    [
        *(secret.encode() for secret in SECRETS),
        b"correct ", b"horse", b"\n", b"\r\n", b"\x85", b"\xff\xfe", b"\x1b[31m", b"x" * 50,
        b"password=", b"ghp_" + b"a" * 36, b"-----BEGIN PRIVATE KEY-----",
        b"-----END PRIVATE KEY-----", b"MIIBVgIBADANBgkqhkiG", b"https://u:p@host/ ", b"\xc3",
        b"z" * 9_000, b"y" * 20_000,
    ]
)  # fmt: skip
STREAMS = st.lists(PIECES, max_size=14).map(b"".join)
PLACES = st.lists(st.integers(min_value=0, max_value=200_000), max_size=8)


@given(STREAMS, PLACES)
@settings(deadline=None)
@example(b"-----BEGIN PRIVATE KEY-----\nabc\n\n-----END PRIVATE KEY-----\nok", [28, 30, 33])
def test_the_cuts_do_not_matter(data: bytes, places: list[int]) -> None:
    assert streamed(cut(data, places)) == streamed([data])


@given(STREAMS)
@settings(deadline=None)
def test_known_secrets_never_come_through(data: bytes) -> None:
    masked = streamed([data, b"correct horse", data])
    for secret in ("correct horse", "sécrèt-värde", "first line of key", "ÅÅÅÅÅÅ"):
        assert secret.encode() not in masked


@pytest.mark.parametrize("secret", SECRETS)
def test_one_byte_at_a_time(secret: str) -> None:
    data = f"before {secret} after\n".encode()
    masked = streamed([data[i : i + 1] for i in range(len(data))])
    assert masked == streamed([data])
    assert b"before *** after" in masked or masked == b"before ***\n*** after\n"


def places_of_a_secret(limit: int) -> Iterator[int]:
    for border in (limit // 2, limit, limit + limit // 2):
        yield from range(border - 14, border + 2)


def test_a_secret_across_the_border_of_an_endless_line_is_masked() -> None:
    limit = StreamRedactor(SECRETS).limit
    for place in places_of_a_secret(limit):
        data = b"." * place + b"correct horse" + b"." * limit
        assert b"horse" not in streamed([data])


def test_what_is_no_secret_passes_unchanged() -> None:
    data = bytes(range(256)) * 400 + b"\x1b[1mbold\x1b[0m \xf0\x9f\x8e\x89\r\n" * 50
    assert streamed([data]) == data


def test_complete_lines_come_out_at_once() -> None:
    redactor = StreamRedactor()
    assert redactor.feed(b"one\ntwo") == b"one\n"
    assert redactor.feed(b"\nthree") == b"two\n"
    assert redactor.finish() == b"three"
    assert redactor.finish() == b""


def test_little_is_held_back() -> None:
    redactor = StreamRedactor(SECRETS)
    given_out = 0
    for count in range(1, 200):
        given_out += len(redactor.feed(b"." * 1_000))
        assert count * 1_000 - given_out < redactor.limit


def test_a_longer_secret_widens_the_window() -> None:
    secret = "long secret " * 4_000
    redactor = StreamRedactor([secret])
    masked = redactor.feed(b"x" * 50_000 + secret.strip().encode() + b"y" * 200_000)
    masked += redactor.finish()
    assert b"long secret" not in masked
