import pytest

from deltaci.states import TrackingStatus
from deltaci.tracker.kinds import BUILD, DEPLOYMENT, Kind
from deltaci.tracker.statuses import canonical, normalization

CANONICAL = [str(status) for status in TrackingStatus]


@pytest.mark.parametrize("kind", [BUILD, DEPLOYMENT], ids=lambda kind: str(kind.noun))
def test_every_alias_means_a_canonical_status(kind: Kind) -> None:
    aliases = kind.words.keys() - set(CANONICAL)
    assert {normalization(kind, f" {alias.upper()} ") for alias in aliases} == set(CANONICAL)
    assert all(canonical(kind, alias) == kind.words[alias] for alias in aliases)


@pytest.mark.parametrize("status", [*CANONICAL, "Completed", "running", ""])
def test_canonical_and_unknown_words_are_not_normalized(status: str) -> None:
    assert normalization(BUILD, status) == ""
    assert canonical(BUILD, status) == status.lower()


def test_the_other_kinds_words_mean_nothing() -> None:
    assert normalization(BUILD, "deploying") == ""
    assert normalization(DEPLOYMENT, "built") == ""
