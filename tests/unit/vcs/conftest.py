"""Payloads of deliveries with parts missing, or swapped for what nobody expects there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

ODD_TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["\0", "x" * 100_000, "../..", "refs/heads/..", "0" * 40, "\ud800", "\u202e"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
    max_leaves=5,
)

Mutate = Callable[[Any, frozenset[str], st.DataObject], None]


@pytest.fixture(scope="session")
def mutate() -> Mutate:
    """Change up to four of a payload's fields with these names, wherever they are."""

    def change(payload: Any, names: frozenset[str], data: st.DataObject) -> None:
        for _time in range(data.draw(st.integers(1, 4))):
            places = list(_places(payload, names))
            if not places:
                return
            container, key = data.draw(st.sampled_from(places))
            if data.draw(st.booleans()):
                del container[key]
            else:
                container[key] = data.draw(VALUES)

    return change


def _places(value: Any, names: frozenset[str]) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in names:
                yield value, key
            yield from _places(inner, names)
    if isinstance(value, list):
        for inner in value:
            yield from _places(inner, names)
