from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from deltaci.tracker.outcomes import Outcome, Verdict
from deltaci.tracker.posting import Answer, Delivery, NoAnswerError
from deltaci.tracker.sending import Patience, Time, send

EVENT = Delivery("/build-events/", "{}", "key-1")
RECORDED = Answer(200, {}, b'{"id": "e-1"}')
BROKEN = Answer(500, {}, b'{"detail": "Internal server error"}')
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Script:
    """A server that answers from a list, and a clock that only pauses and requests move."""

    def __init__(self, *answers: Answer | None, request_seconds: float = 0) -> None:
        self.answers = list(answers)
        self.request_seconds = request_seconds
        self.pauses: list[float] = []
        self.timeouts: list[float] = []
        self.keys: set[str] = set()
        self.told: list[str] = []
        self.seconds = 0.0

    def post(self, delivery: Delivery, timeout_seconds: float) -> Answer:
        self.timeouts.append(timeout_seconds)
        self.keys.add(delivery.idempotency_key)
        self.seconds += min(self.request_seconds, timeout_seconds)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise NoAnswerError("refused")
        return answer

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def run(self, patience: Patience | None = None) -> Outcome:
        time = Time(lambda: self.seconds, lambda: NOW, self.sleep)
        return send(EVENT, self.post, patience or Patience(), time, self.told.append)


@pytest.mark.parametrize(
    "answer", [BROKEN, Answer(503, {}, b""), Answer(429, {}, b""), None], ids=str
)
def test_what_may_pass_is_tried_four_times_with_one_key(answer: Answer | None) -> None:
    script = Script(answer)

    outcome = script.run()

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert script.pauses == [1, 2, 4]
    assert script.timeouts == [30] * 4
    assert script.keys == {"key-1"}
    assert len(script.told) == 3


def test_the_first_success_ends_it() -> None:
    script = Script(BROKEN, None, RECORDED, BROKEN)
    assert script.run().verdict is Verdict.RECORDED
    assert script.pauses == [1, 2]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.REFUSED) for status in (400, 401, 403, 404, 413, 422, 302, 307)),
        *((status, Verdict.BLOCKED) for status in (409, 423, 428)),
    ],
)
def test_what_will_not_pass_is_not_repeated(status: int, verdict: Verdict) -> None:
    script = Script(Answer(status, {}, b"{}"))
    assert script.run().verdict is verdict
    assert len(script.timeouts) == 1


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b"null", b'{"id": null}', b"[" * 100_000]
)
def test_a_success_without_an_event_is_none_and_not_repeated(content: bytes) -> None:
    script = Script(Answer(200, {}, content))
    assert script.run().verdict is Verdict.UNAVAILABLE
    assert len(script.timeouts) == 1


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7),
        ("0", 1),
        ("3600", 60),
        ("9" * 400, 60),
        ("Thu, 01 Jan 2026 00:00:09 GMT", 9),
        ("Thu, 01 Jan 2026 00:00:09 -0000", 9),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 1),
        ("soon", 1),
        ("-5", 1),
        ("", 1),
        ("٣", 1),
    ],
)
def test_a_server_gets_the_patience_that_it_asks_for_up_to_a_cap(
    retry_after: str, pause: float
) -> None:
    script = Script(Answer(429, {"retry-after": retry_after}, b""), RECORDED)
    assert script.run().verdict is Verdict.RECORDED
    assert script.pauses == [pause]


def test_the_deadline_bounds_everything_together() -> None:
    script = Script(None, request_seconds=40)

    script.run(Patience(deadline_seconds=50))

    assert script.timeouts == [30, 19]
    assert script.seconds <= 50


def test_no_pause_is_begun_that_ends_after_the_deadline() -> None:
    script = Script(Answer(429, {"retry-after": "60"}, b""))
    script.run(Patience(deadline_seconds=10))
    assert script.pauses == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"detail": "Not found"}', "HTTP 404: Not found"),
        (b'{"detail": {"message": "m"}}', "HTTP 404: m"),
        (b'{"error": {"message": "m"}}', "HTTP 404: m"),
        (b'{"message": "m"}', "HTTP 404: m"),
        (b'{"detail": [{"loc": ["body", "a", 0], "msg": "bad"}, 1]}', "HTTP 404: a.0: bad; 1"),
        (b'{"detail": [{}]}', "HTTP 404: request: invalid"),
        (b"<html>", "HTTP 404: no explanation"),
        (b'{"detail": 5}', "HTTP 404: no explanation"),
    ],
)
def test_the_reason_is_the_servers_sentence(content: bytes, reason: str) -> None:
    assert Script(Answer(404, {}, content)).run().reason == reason


def test_the_explanation_of_a_refusal_is_found_nested_and_at_the_top() -> None:
    shapes: list[Callable[[str], str]] = ['{{"detail": {}}}'.format, "{}".format]
    for shape in shapes:
        content = shape('{"code": "X", "message": "m", "details": {"rule_name": "r"}}')
        outcome = Script(Answer(428, {}, content.encode())).run()
        assert (outcome.detail("code"), outcome.detail("message")) == ("X", "m")
