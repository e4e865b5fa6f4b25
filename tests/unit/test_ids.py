"""Workflow IDs tell apart whatever they are made of."""

import hashlib

from hypothesis import example, given
from hypothesis import strategies as st

from deltaci.ids import HASHED, WORKFLOW_ID_PART_MAX, workflow_id

PARTS = st.lists(st.text(max_size=100) | st.text("ab/:", max_size=4), min_size=1, max_size=3)
DIGEST = hashlib.sha256(b"odd part").hexdigest()


@given(PARTS, PARTS)
@example(["odd part"], [DIGEST])
@example(["odd part"], [HASHED + DIGEST])
@example(["a/b"], ["a", "b"])
def test_different_parts_give_different_ids(one: list[str], other: list[str]) -> None:
    assert (workflow_id(*one) == workflow_id(*other)) is (one == other)


def test_plain_parts_stay_readable() -> None:
    assert workflow_id("run", "ada@example.test", "nightly-1") == "run/ada@example.test/nightly-1"


@given(st.text(min_size=WORKFLOW_ID_PART_MAX + 1))
def test_a_long_part_gets_a_bounded_name(part: str) -> None:
    assert len(workflow_id(part)) == len(HASHED) + 64
