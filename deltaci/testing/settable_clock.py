"""Time that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)


class SettableClock:
    """Implements `deltaci.clock.Clock`."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that was set."""
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Move on, and return the new time; a negative number moves back."""
        self.now += timedelta(seconds=seconds)
        return self.now
