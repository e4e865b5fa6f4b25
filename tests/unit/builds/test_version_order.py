"""Versions are ordered as Semantic Versioning has it, whatever they are made of."""

from hypothesis import given
from hypothesis import strategies as st

from deltaci.builds.semver import is_version, rank

PRECEDENCE = [
    "0.9.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.10.0",
]
VERSIONS = st.from_regex(
    r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(-[A-Za-z0-9.-]{1,6})?", fullmatch=True
)


def test_the_specifications_own_example() -> None:
    assert sorted(set(PRECEDENCE), key=rank) == PRECEDENCE


@given(VERSIONS, VERSIONS)
def test_any_two_have_an_order(one: str, other: str) -> None:
    assert (rank(one) < rank(other)) + (rank(other) < rank(one)) + (rank(one) == rank(other)) == 1


@given(st.text(max_size=20))
def test_what_is_no_version_has_no_rank(text: str) -> None:
    try:
        rank(text)
    except ValueError:
        assert not is_version(text)
    else:
        assert is_version(text)
