"""Time, handed down from the composition root so that tests can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current time, always aware and in UTC."""


def utc_now() -> datetime:
    """The wall clock in UTC: the only place that reads it."""
    return datetime.now(UTC)
