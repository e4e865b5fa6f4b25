"""Which build or deployment an event tells of (spec §1.5): pure.

An event tells of the newest one of its keys that has not ended, preferably of the same invocation;
two that name different invocations never meet. If there is none, it begins one of its own: what has
ended never runs again. Only what a tool dates before that end tells of what has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deltaci.states import BUILD, TrackingStatus, is_terminal


class Outcome(StrEnum):
    """What became of an event."""

    OPENED = "opened"
    """It began a build or deployment, or told of a whole one."""
    ADVANCED = "advanced"
    REPEATED = "repeated"
    """It said what was known."""
    LATE = "late"
    """It said what was no longer true."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Named:
    """By what events of one invocation are known; empty parts say nothing."""

    invoke_id: str | None = None
    build_number: str | None = None

    def contradicts(self, other: "Named") -> bool:
        """Whether the two cannot be of one invocation."""
        return _differ(self.invoke_id, other.invoke_id) or _differ(
            self.build_number, other.build_number
        )

    def is_surely(self, other: "Named") -> bool:
        """Whether both name the same invocation."""
        return bool(self.invoke_id) and self.invoke_id == other.invoke_id


@dataclass(frozen=True, slots=True)
class Known:
    """A build or deployment as far as this matters."""

    id: str
    named: Named
    status: TrackingStatus
    ended_at: datetime | None = None


def newest_match(known: Sequence[Known], named: Named) -> Known | None:
    """Return which of these, newest first, an event tells of."""
    fitting = [each for each in known if not each.named.contradicts(named)]
    sure = [each for each in fitting if each.named.is_surely(named)]
    return next(iter([*sure, *fitting]), None)


def late_match(ended: Sequence[Known], named: Named, told_at: datetime) -> Known | None:
    """Return which of these, newest first, had ended after what an event tells of it."""
    later = [each for each in ended if each.ended_at is not None and told_at < each.ended_at]
    return newest_match(later, named)


def outcome_of(known: TrackingStatus, told: TrackingStatus) -> Outcome:
    """Say what an event about something known does to it."""
    if told is known:
        return Outcome.REPEATED
    return Outcome.ADVANCED if told in BUILD[known] else Outcome.LATE


def has_ended(status: TrackingStatus) -> bool:
    """Whether nothing can follow a status."""
    return is_terminal(BUILD, status)


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one) and bool(other) and one != other
