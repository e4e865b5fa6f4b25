"""An outage of the database, and failures of our own, in the contract's words."""

import pytest
from sqlalchemy.exc import OperationalError

from api.contracts.versioner_errors import refuse
from deltaci.errors import (
    BlockedError,
    DeltaError,
    LimitedError,
    UnavailableError,
)
from deltaci.states import IllegalTransitionError
from deltaci.testing.tracker import Tracker


async def test_without_a_database_events_are_to_be_sent_again(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tracker.accepted(tracker.build())  # the key is remembered

    def away() -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(tracker.served.core.database, "_writes", _Away(away))
    answer = await tracker.report(tracker.build())

    assert answer.status_code == 503
    assert answer.json() == {"detail": "Service temporarily unavailable"}
    assert answer.headers["Retry-After"] == "1"


class _Away:
    def __init__(self, begin: object) -> None:
        self.begin = begin


@pytest.mark.parametrize("error", [RuntimeError("secret"), DeltaError("secret"), KeyError("x")])
def test_what_is_unexpected_is_not_explained(error: Exception) -> None:
    answer = refuse(error)

    assert (answer.status_code, answer.body) == (500, b'{"detail":"Internal server error"}')


def test_limits_are_told_as_documented() -> None:
    answer = refuse(LimitedError(retry_after_seconds=60, limit=1000, resets_at=1_700_000_000))

    assert answer.status_code == 429
    assert answer.body == b'{"detail":"Rate limit exceeded. Try again in 60 seconds."}'
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["X-RateLimit-Limit"] == "1000"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"] == "1700000000"


def test_other_refusals_have_their_status() -> None:
    blocked = BlockedError("NO_DEPLOY_WINDOW", "not now", http_status=423)

    assert refuse(UnavailableError()).status_code == 503
    assert refuse(IllegalTransitionError("moved on")).status_code == 409
    assert refuse(blocked).status_code == 423
