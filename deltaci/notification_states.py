"""The life of a notification as data; see `deltaci.states`, whose `advance` computes every step."""

from enum import StrEnum

from deltaci.states import Edges


class NotificationState(StrEnum):
    """The life of one announcement for one channel."""

    PENDING = "PENDING"
    """Nobody was told yet; it is being tried."""
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    """Given up: refused, or not reached in time. It may be told again."""
    DROPPED = "DROPPED"
    """Nobody to tell any more, or nothing to say on this channel."""


_ENDED = frozenset(NotificationState) - {NotificationState.PENDING}
NOTIFICATION: Edges[NotificationState] = {
    NotificationState.PENDING: _ENDED,
    **{ended: frozenset[NotificationState]() for ended in _ENDED},
}
"""What is told again is a notification of its own."""
