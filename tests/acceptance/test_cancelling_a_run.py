"""A cancel ends a run from every state it can be in, and leaves nothing open behind."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from deltaci.local.temporal import require_binary
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.raw_runner import RawRunner
from deltaci.testing.waiting import until

Stage = Callable[[CiBench, RawRunner], AbstractContextManager[str]]
LABEL = "only-here"


@pytest.fixture
def runner(bench: CiBench) -> RawRunner:
    """The only one that can take the jobs of `held`."""
    return bench.raw_runner(labels=(LABEL,))


def offered(bench: CiBench) -> str:
    """A run whose first job waits for the raw runner; another needs it."""
    jobs = {
        "test": {"steps": ["true"], "runs_on": [LABEL]},
        "after": {"steps": [bench.trace("after")], "needs": ["test"]},
    }
    run = bench.create(bench.repository(jobs))
    bench.until_job(run, "test", "QUEUED")
    return run


@contextmanager
def created_without_temporal(bench: CiBench, _runner: RawRunner) -> Iterator[str]:
    repository = bench.repository({"test": {"steps": [bench.trace("after")]}})
    bench.stack["temporal"].kill()
    yield bench.create(repository)
    bench.stack["temporal"].start()


@contextmanager
def planning(bench: CiBench, _runner: RawRunner) -> Iterator[str]:
    with bench.held_in_planning({"test": {"steps": ["true"]}}) as run:
        yield run


@contextmanager
def queued(bench: CiBench, _runner: RawRunner) -> Iterator[str]:
    yield offered(bench)


@contextmanager
def leased(bench: CiBench, runner: RawRunner) -> Iterator[str]:
    run = offered(bench)
    runner.lease()
    assert bench.states(run)["test"] == "LEASED"
    yield run
    assert runner.acknowledge().is_success
    assert runner.beat().json()["cancel_requested"]
    assert runner.acknowledge_cancel().is_success


@contextmanager
def leased_and_silent(bench: CiBench, runner: RawRunner) -> Iterator[str]:
    run = offered(bench)
    runner.lease()
    yield run


@contextmanager
def starting(bench: CiBench, runner: RawRunner) -> Iterator[str]:
    run = offered(bench)
    runner.lease()
    runner.acknowledge()
    assert bench.states(run)["test"] == "STARTING"
    yield run
    assert runner.beat().json()["cancel_reason"] == "RUN_CANCELED"
    assert runner.acknowledge_cancel().is_success


@contextmanager
def running(bench: CiBench, _runner: RawRunner) -> Iterator[str]:
    jobs = {
        "test": {"steps": [bench.gate("test")]},
        "after": {"steps": [bench.trace("after")], "needs": ["test"]},
    }
    run = bench.create(bench.repository(jobs))
    bench.until_traced("test")
    yield run


@contextmanager
def uploading(bench: CiBench, runner: RawRunner) -> Iterator[str]:
    run = offered(bench)
    runner.begin()
    runner.upload("file", b"0123456789", 0, 5).raise_for_status()
    yield run
    assert runner.upload("file", b"0123456789", 5, 10).is_success
    assert runner.complete().is_success


STAGES: list[Stage] = [
    *(created_without_temporal, planning, queued, leased),
    *(leased_and_silent, starting, running, uploading),
]


@pytest.mark.parametrize("stage", STAGES)
def test_a_cancel_ends_a_run_in_every_state(
    bench: CiBench, runner: RawRunner, stage: Stage
) -> None:
    with stage(bench, runner) as run:
        first, second = bench.cancel(run), bench.cancel(run)
    assert (first.status_code, second.status_code) == (200, 200)
    assert bench.until_ended(run) == "CANCELED"
    assert set(bench.states(run).values()) <= {"CANCELED"}
    assert bench.traces("after") == 0
    assert bench.cancel(run).json() == {"run_id": run, "state": "CANCELED"}


def test_a_run_that_has_ended_cannot_be_cancelled(bench: CiBench) -> None:
    run = bench.create(bench.repository({"test": {"steps": ["true"]}}))
    assert bench.until_ended(run) == "SUCCEEDED"
    answer = bench.cancel(run)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "INVALID_STATE"
    assert bench.read(run)["run"]["state"] == "SUCCEEDED"


def test_a_runner_that_does_not_stop_is_not_waited_for_longer_than_the_deadline(
    bench: CiBench, runner: RawRunner
) -> None:
    run = offered(bench)
    runner.begin()
    bench.cancel(run)
    until(lambda: not runner.beat().is_success, "the lease is revoked")
    assert bench.until_ended(run) == "CANCELED"
    assert runner.complete().status_code == 409


def operator(bench: CiBench, verb: str, run: str) -> None:
    """What people do in Temporal's own command line."""
    address = ("--address", bench.stack.temporal_address)
    command = (require_binary(), "workflow", verb, *address)
    subprocess.run(
        [*command, "--workflow-id", bench.ledger.workflow_id(run)], check=True, capture_output=True
    )


def test_cancelling_in_temporal_cancels_the_run(bench: CiBench) -> None:
    with running(bench, bench.raw_runner()) as run:
        operator(bench, "cancel", run)
        assert bench.until_ended(run) == "CANCELED"
    assert set(bench.states(run).values()) == {"CANCELED"}


def test_a_run_whose_workflow_was_terminated_is_found_and_ended(bench: CiBench) -> None:
    with running(bench, bench.raw_runner()) as run:
        operator(bench, "terminate", run)
        assert bench.until_ended(run) == "CANCELED"
    assert set(bench.states(run).values()) == {"CANCELED"}
