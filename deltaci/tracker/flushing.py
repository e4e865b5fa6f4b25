"""Sending kept events in the order in which they happened, each once thanks to its key."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deltaci.tracker.outcomes import Outcome, Verdict
from deltaci.tracker.posting import Delivery
from deltaci.tracker.spool import CORRUPT, REFUSED, CorruptEntryError, Spool

WRONG_FOR_ALL = frozenset(
    {
        *(http.client.UNAUTHORIZED, http.client.FORBIDDEN, http.client.NOT_FOUND),
        http.client.METHOD_NOT_ALLOWED,
    }
)
"""Refusals that speak of the key or the address: nothing is wrong with the event."""

Send = Callable[[Delivery], Outcome]


@dataclass(slots=True)
class Flushed:
    """How far a flush has come."""

    sent: int = 0
    left: int = 0
    aside: int = 0
    """Files that will never be recorded as they are: refused, or damaged."""
    worst: Verdict | None = None
    """The most serious end of an event; None when all were recorded."""


Told = Callable[[Path, str], None]


def flush(spool: Spool, send: Send, tell: Told) -> Flushed:
    """Send everything that is kept, oldest first, and stop when the server is away.

    The caller holds the spool. What is refused for its own sake is set aside, so that it stops
    nothing behind it. `tell` hears of every file that was not recorded. Raises SpoolError.
    """
    entries, flushed = spool.entries(), Flushed()
    for place, entry in enumerate(entries):
        try:
            outcome = send(spool.read(entry))
        except CorruptEntryError as error:
            tell(spool.set_aside(entry, CORRUPT), str(error))
            flushed.aside += 1
            continue
        if outcome.verdict is Verdict.RECORDED:
            spool.remove(entry)
            flushed.sent += 1
            continue
        flushed.worst = _worse(flushed.worst, outcome.verdict)
        if outcome.verdict is Verdict.UNAVAILABLE or outcome.status in WRONG_FOR_ALL:
            tell(entry, outcome.reason)
            flushed.left = len(entries) - place
            break
        tell(spool.set_aside(entry, REFUSED), outcome.reason)
        flushed.aside += 1
    return flushed


def _worse(one: Verdict | None, other: Verdict) -> Verdict:
    order = (None, Verdict.REFUSED, Verdict.UNAVAILABLE, Verdict.BLOCKED)
    return other if order.index(other) > order.index(one) else one or other
