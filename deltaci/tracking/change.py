"""What a completed deployment changed about what ran in its environment: pure."""

from dataclasses import dataclass
from datetime import datetime

from deltaci.builds.semver import Rank, rank
from deltaci.wire.deployments import Change


@dataclass(frozen=True, slots=True)
class Ran:
    """A version that ran in an environment from a moment on."""

    version: str
    first_seen: tuple[datetime, str]
    """Of the version, wherever that was; orders versions that are no semantic ones."""
    deployed_at: datetime


def change_of(before: Ran | None, now: Ran) -> Change:
    """Say what `now` changed; `before` is what completed last there, by what tools say of when."""
    if before is None:
        return Change.FIRST
    if now.deployed_at < before.deployed_at:
        return Change.OUT_OF_ORDER
    if now.version == before.version:
        return Change.REDEPLOY
    return Change.ROLLBACK if _is_older(now, before) else Change.ROLL_FORWARD


def _is_older(one: Ran, other: Ran) -> bool:
    """By semantic versions where both are; else the version that was seen first is the older."""
    mine, its = _rank(one.version), _rank(other.version)
    if mine is not None and its is not None and mine != its:
        return mine < its
    return one.first_seen < other.first_seen


def _rank(version: str) -> Rank | None:
    try:
        return rank(version.removeprefix("v").partition("+")[0])
    except ValueError:
        return None
