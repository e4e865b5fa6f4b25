import time

import pytest

from deltaci.planner.config.document import load_document
from deltaci.planner.model import PlanError

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x" * 300_000, "larger than 256 KiB"),
        (b"[" * 100_000, "nested deeper than 20 levels"),
        (b"{a: " * 50, "nested deeper than 20 levels"),
        (LAUGHS.encode(), "expands to more than 20000 values"),
        (b"a: &a [*a]", "expands to more than 20000 values"),
        (b"a: 1\na: 2\n", r"the key 'a' is given twice \(line 2\)"),
        (b"a: &x {b: 1}\nc: {<<: *x}\n", "a key must be plain text"),
        (b"? [a]\n: b\n", "a key must be plain text"),
        (b"!!python/object/apply:os.abort []", "could not determine a constructor"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"a: \x00", "not valid YAML"),
        (b"a: *missing", "undefined alias"),
        (b"a: 2026-99-99", "not valid YAML"),
    ],
)
def test_it_is_refused_quickly_and_with_words(content: bytes, message: str) -> None:
    started = time.monotonic()

    with pytest.raises(PlanError, match=message):
        load_document("ci.ai.yaml", content)

    assert time.monotonic() - started < 5


def test_aliases_that_stay_small_are_fine() -> None:
    assert load_document("f", b"a: &a [1]\nb: *a\n") == {"a": [1], "b": [1]}


def test_a_byte_order_mark_is_fine() -> None:
    assert load_document("f", b"\xef\xbb\xbfa: 1\n") == {"a": 1}


def test_an_empty_document_is_nothing() -> None:
    assert load_document("f", b"# only a comment\n") is None
