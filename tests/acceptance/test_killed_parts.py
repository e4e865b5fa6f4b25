"""SIGKILL of every part at every stage of a run: each run ends right, and nothing counts twice."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from deltaci.states import LeaseState
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.raw_runner import RawRunner
from deltaci.testing.waiting import until

ARTIFACT = b"0123456789" * 1000
HALF = len(ARTIFACT) // 2
LOST_ONCE = 2
"""A job whose runner is gone is run again, once."""


@contextmanager
def created(bench: CiBench) -> Iterator[str]:
    """Stored, and no worker has seen it."""
    repository = bench.repository({"test": {"steps": [bench.trace("created")]}})
    without_worker(bench)
    yield bench.create(repository)


@contextmanager
def planning(bench: CiBench) -> Iterator[str]:
    """The planner waits for the mirror of the repository."""
    with bench.held_in_planning({"test": {"steps": ["true"]}}) as run:
        yield run


@contextmanager
def queued(bench: CiBench) -> Iterator[str]:
    """No runner takes the job."""
    with offered(bench, "queued") as (run, runner):
        yield run
        see_through(bench, run, runner)


@contextmanager
def leased(bench: CiBench) -> Iterator[str]:
    """A runner took the job and does not acknowledge it in time."""
    with offered(bench, "leased") as (run, runner):
        runner.lease()
        yield run
        see_through(bench, run, runner)


@contextmanager
def running(bench: CiBench) -> Iterator[str]:
    """A step is at work."""
    run = bench.create(bench.repository({"test": {"steps": [bench.gate("running")]}}))
    bench.until_traced("running")
    yield run
    bench.open("running")


@contextmanager
def uploading(bench: CiBench) -> Iterator[str]:
    """Half an artifact has arrived."""
    with offered(bench, "uploading") as (run, runner):
        runner.begin()
        runner.upload("file", ARTIFACT, 0, HALF).raise_for_status()
        yield run
        if runner.beat().is_success:
            runner.upload("file", ARTIFACT, HALF, len(ARTIFACT)).raise_for_status()
            runner.complete().raise_for_status()
        else:
            see_through(bench, run, runner)


@contextmanager
def completed(bench: CiBench) -> Iterator[str]:
    """The job has ended, and the workflow has not heard of it."""
    with offered(bench, "completed") as (run, runner):
        runner.begin()
        without_worker(bench)
        runner.complete().raise_for_status()
        yield run


@contextmanager
def offered(bench: CiBench, label: str) -> Iterator[tuple[str, RawRunner]]:
    """A queued job that only this runner can take; everything serves again when it goes on."""
    run = bench.create(bench.repository({"test": {"steps": ["true"], "runs_on": [label]}}))
    bench.until_job(run, "test", "QUEUED")
    yield run, bench.raw_runner(f"raw-{label}", labels=(label,))


def without_worker(bench: CiBench) -> None:
    if bench.stack["worker-1"].is_running:
        bench.stack["worker-1"].kill()


def see_through(bench: CiBench, run: str, runner: RawRunner) -> None:
    """Take the job as often as needed, until its completion counts."""

    def is_completed() -> bool:
        if bench.states(run)["test"] == "SUCCEEDED":
            return True
        runner.ask(wait_seconds=1)
        runner.acknowledge()
        return runner.complete().is_success

    until(is_completed, "the job is completed")


Stage = Callable[[CiBench], AbstractContextManager[str]]
FOLLOWED: list[Stage] = [planning, queued, leased, running, uploading]
UNSEEN: list[Stage] = [completed, created]
PARTS = ["worker-1", "api-1", "runner-1", "temporal"]


@pytest.mark.parametrize("part", PARTS)
def test_runs_at_every_stage_outlive_a_killed_part(bench: CiBench, part: str) -> None:
    stages = [*FOLLOWED, *(UNSEEN if part == "worker-1" else [])]
    kill_during(bench, part, stages)


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("stage", [*FOLLOWED, *UNSEEN])
def test_a_run_outlives_a_killed_part(bench: CiBench, stage: Stage, part: str) -> None:
    kill_during(bench, part, [stage])


def kill_during(bench: CiBench, part: str, stages: list[Stage]) -> None:
    with ExitStack() as held:
        runs = [held.enter_context(stage(bench)) for stage in stages]
        if bench.stack[part].is_running:
            bench.stack[part].kill()
        bench.stack.start()
    for run in runs:
        assert bench.until_ended(run) == "SUCCEEDED"
        leases = bench.ledger.leases_of(run)
        assert leases.count(LeaseState.COMPLETED) == 1
        assert leases[-1] is LeaseState.COMPLETED
    assert bench.traces("created") <= 1
    assert bench.traces("running") <= LOST_ONCE
