"""Several APIs, workers and runners at once: one of them wins, the others learn it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import httpx2
import pytest

from deltaci.testing.ci_bench import RUNS, CiBench

Answer = TypeVar("Answer")
CREATES, RUNNERS, BURST = 50, 8, 12

crowded = pytest.mark.parametrize(
    "stack",
    ["postgresql", pytest.param("crowded_sqlite", marks=pytest.mark.slow)],
    indirect=True,
)


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


@crowded
def test_fifty_equal_requests_make_one_run(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": [bench.trace("test")]}})
    body = {"repo_id": repository.path.name, "ref": "main"}
    same = {"Idempotency-Key": repository.path.name}

    def create(client: httpx2.Client) -> httpx2.Response:
        return client.post(RUNS, json=body, headers=same)

    with bench.stack.client(1) as first, bench.stack.client(2) as second:
        calls = [partial(create, client) for client in (first, second)] * (CREATES // 2)
        answers = at_once(calls)
    assert {answer.status_code for answer in answers} == {201}
    (run,) = {answer.json()["run_id"] for answer in answers}
    replayed = [answer for answer in answers if answer.headers.get("Idempotency-Replayed")]
    assert len(replayed) == CREATES - 1
    assert bench.until_ended(run) == "SUCCEEDED"
    assert bench.traces("test") == 1


@crowded
def test_a_job_goes_to_one_of_the_runners_that_ask(bench: CiBench) -> None:
    run = bench.create(bench.repository({"test": {"steps": ["true"], "runs_on": ["raw"]}}))
    bench.until_job(run, "test", "QUEUED")
    runners = [bench.raw_runner(f"raw-{number}", labels=("raw",)) for number in range(RUNNERS)]
    answers = at_once([runner.ask for runner in runners])
    assert sorted(answer.status_code for answer in answers) == [200, *[204] * (RUNNERS - 1)]
    (winner,) = [runner for runner in runners if runner.granted]
    for answer in (winner.acknowledge(), winner.beat(), winner.complete()):
        assert answer.is_success
    assert bench.until_ended(run) == "SUCCEEDED"


@crowded
def test_what_a_killed_worker_had_in_hand_goes_on_at_another(bench: CiBench) -> None:
    repository = bench.repository(
        {
            "test": {"steps": [bench.gate("test")]},
            "after": {"steps": [bench.trace("after")], "needs": ["test"]},
        }
    )
    runs = [bench.create(repository) for _ in range(BURST)]
    bench.until_traced("test", 2)
    bench.stack["worker-1"].kill()
    bench.open("test")
    assert {bench.until_ended(run) for run in runs} == {"SUCCEEDED"}
    assert bench.traces("test") == bench.traces("after") == BURST
