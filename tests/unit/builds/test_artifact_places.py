"""Places are compared by their parts, never as texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.artifact_places import ArtifactPlace, listed, parse_artifact, parse_prefix

NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
PART = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8).filter(
    lambda part: "/" not in part and part not in {".", ".."}
)
PLACES = st.builds(
    ArtifactPlace,
    st.sampled_from(["s3", "gs", "az"]),
    NAME,
    st.lists(PART, min_size=1, max_size=4).map(tuple),
)


def written(place: ArtifactPlace) -> str:
    return f"{place.scheme}://{place.bucket}/{place.key}"


@given(PLACES)
def test_a_place_is_read_as_it_was_written(place: ArtifactPlace) -> None:
    assert parse_artifact(written(place)) == place


@given(PLACES, st.integers(0, 4))
def test_a_place_lies_within_each_of_its_prefixes(place: ArtifactPlace, depth: int) -> None:
    text = "/".join([f"{place.scheme}://{place.bucket}", *place.segments[:depth]])

    assert place.is_within(parse_prefix(text))
    assert place.is_within(parse_prefix(f"{text}/"))


@given(PLACES, PLACES, PART)
def test_a_longer_name_lies_within_nothing(
    place: ArtifactPlace, other: ArtifactPlace, more: str
) -> None:
    """However alike two texts begin."""
    longer = ArtifactPlace(
        place.scheme,
        place.bucket,
        (*place.segments[:-1], place.segments[-1] + more, *other.segments),
    )

    assert not longer.is_within(place)
    bucket = ArtifactPlace(place.scheme, f"{place.bucket}-evil", place.segments)
    assert not bucket.is_within(ArtifactPlace(place.scheme, place.bucket, ()))


@given(st.text(max_size=40))
def test_anything_else_is_an_error_of_its_own_kind(text: str) -> None:
    try:
        place = parse_artifact(text)
    except ValueError:
        return
    assert written(place) == text


@pytest.mark.parametrize(
    "text", ["s3://b/../k", "s3://b/a/./k", "s3://b//k", "s3://b/k/", "s3://b/\x00", "S3://b/k"]
)
def test_a_way_around_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"its key|not of the form"):
        parse_artifact(text)


def test_settings_separate_by_commas() -> None:
    assert listed(" a, ,b ") == ["a", "b"]
