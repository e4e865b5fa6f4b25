"""Asking what was deployed whether it works."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deltaci.engine_settings import EngineSettings
from deltaci.engines.port import FailureCategory
from deltaci.engines.probe import Prober, ProbeResult
from deltaci.testing.http_stub import Answer, HttpStub, Request
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.recipes import Probe

LOCAL = EngineSettings(private_hosts="127.0.0.1", timeout_seconds=1, answer_max_bytes=1024)


class App:
    """What was deployed."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.asked: list[Request] = []
        self.stub = HttpStub(self._answer)

    def probe(self, **fields: Any) -> Probe:
        return Probe(url=f"http://127.0.0.1:{self.stub.port}/health", **fields)

    async def _answer(self, request: Request) -> Answer | None:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Answer(200, b"all is well")


@pytest.fixture
async def app() -> AsyncIterator[App]:
    app = App()
    await app.stub.start()
    yield app
    await app.stub.stop()


@pytest.fixture
def prober() -> Prober:
    return Prober(LOCAL, SettableClock())


async def _ask(prober: Prober, probe: Probe, times: int) -> list[ProbeResult]:
    results: list[ProbeResult] = []
    for _ in range(times):
        results.append(await prober.probe_once(probe, results[-1].streak if results else 0))
    return results


async def test_good_answers_in_a_row_pass(prober: Prober, app: App) -> None:
    results = await _ask(prober, app.probe(successes=3), 3)
    assert [result.passed for result in results] == [False, False, True]
    assert results[-1].detail == "3 of 3 good answers in a row"


async def test_a_bad_answer_begins_the_row_anew(prober: Prober, app: App) -> None:
    app.answers = [Answer(200), Answer(503), Answer(200)]
    results = await _ask(prober, app.probe(successes=2), 4)
    assert [result.streak for result in results] == [1, 0, 1, 2]
    assert results[1].detail == "it answered 503 Service Unavailable instead of 200"
    assert [result.passed for result in results] == [False, False, False, True]


@pytest.mark.parametrize(
    ("answer", "fields", "detail"),
    [
        (Answer(302, b"", {"Location": "/login"}), {}, "it answered 302 Found instead of 200"),
        (
            Answer(404),
            {"expect_status": [200, 204]},
            "it answered 404 Not Found instead of 200, 204",
        ),
        (Answer(200, b"no"), {"expect_body": "well"}, "its answer lacks the expected text"),
        (Answer(200, b"x" * 2000), {}, "the answer has more than 1024 bytes"),
        (None, {}, "the connection failed"),
    ],
)
async def test_an_answer_that_is_not_good_says_why(
    prober: Prober, app: App, answer: Answer | None, fields: dict[str, Any], detail: str
) -> None:
    app.answers = [answer]
    result = await prober.probe_once(app.probe(**fields), 2)
    assert (result.healthy, result.streak, result.detail) == (False, 0, detail)


async def test_an_app_that_is_down_is_not_well(prober: Prober, app: App) -> None:
    probe = app.probe()
    await app.stub.stop()
    assert (await prober.probe_once(probe)).detail == "the connection failed"


async def test_an_inner_address_is_not_asked_unless_it_is_allowed(app: App) -> None:
    result = await Prober(EngineSettings(), SettableClock()).probe_once(app.probe())
    assert result.detail.startswith("its host must have public addresses")
    assert app.asked == []


async def test_running_out_of_time_is_the_apps_failure(prober: Prober, app: App) -> None:
    app.answers = [Answer(500)]
    failure = prober.timed_out(await prober.probe_once(app.probe()))
    assert failure.category is FailureCategory.APP
    assert failure.detail == "last: it answered 500 Internal Server Error instead of 200"
