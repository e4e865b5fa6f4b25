"""Sending an event until it is answered: the seed's retry strategy, and bounds beside it."""

import email.utils
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deltaci.tracker.outcomes import SUCCESS, Outcome, Verdict, outcome_of
from deltaci.tracker.posting import Answer, Delivery, NoAnswerError

RETRY_PAUSES_SECONDS = (1.0, 2.0, 4.0)
TIMEOUT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 60.0
"""A server may ask for more patience (`Retry-After`), and gets so much of it."""
DEADLINE_SECONDS = 300.0
"""For everything together: four requests, and the longest pauses between them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try."""

    pauses_seconds: Sequence[float] = RETRY_PAUSES_SECONDS
    deadline_seconds: float = DEADLINE_SECONDS


@dataclass(frozen=True, slots=True)
class Time:
    """The clock, handed in."""

    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


Post = Callable[[Delivery, float], Answer]
Told = Callable[[str], None]


def send(delivery: Delivery, post: Post, patience: Patience, time: Time, tell: Told) -> Outcome:
    """Send, and send again after 5xx, 429 and network errors, while there is time.

    Every repetition is safe: it carries the same key. `tell` hears why there is another try.
    """
    until = time.monotonic() + patience.deadline_seconds
    outcome, retry_after = _attempt(delivery, post, min(TIMEOUT_SECONDS, patience.deadline_seconds))
    for pause in patience.pauses_seconds:
        if not _may_pass(outcome):
            return outcome
        wait = max(pause, min(_asked_for(retry_after, time.now()), LONGEST_PAUSE_SECONDS))
        if time.monotonic() + wait >= until:
            break
        tell(f"{outcome.reason}; once more in {wait:g} s")
        time.sleep(wait)
        outcome, retry_after = _attempt(
            delivery, post, min(TIMEOUT_SECONDS, until - time.monotonic())
        )
    return outcome


def _attempt(delivery: Delivery, post: Post, timeout: float) -> tuple[Outcome, str]:
    try:
        answer = post(delivery, timeout)
    except NoAnswerError as error:
        return Outcome(Verdict.UNAVAILABLE, str(error)), ""
    return outcome_of(answer), answer.headers.get("retry-after", "")


def _may_pass(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.UNAVAILABLE and outcome.status not in SUCCESS


def _asked_for(retry_after: str, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for: a number of them, or a date (RFC 9110 §10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
