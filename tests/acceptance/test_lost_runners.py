"""A job outlives its runner, whoever it was and however it went, and counts once."""

import pytest

from deltaci.testing.ci_bench import CiBench
from deltaci.testing.stack import REAL
from deltaci.testing.waiting import until

LABEL = "only-here"
LEASE_LOSSES = 5


def offered(bench: CiBench) -> str:
    return bench.create(bench.repository({"test": {"steps": ["true"], "runs_on": [LABEL]}}))


def test_nothing_that_a_zombie_says_after_expiry_changes_anything(bench: CiBench) -> None:
    run = offered(bench)
    zombie, heir = (bench.raw_runner(name, labels=(LABEL,)) for name in ("zombie", "heir"))
    zombie.begin()
    zombie.log("before\n")
    heir.begin()
    heir.log("after\n")
    before = bench.read(run)
    for answer in (
        zombie.complete("FAILED"),
        zombie.complete("SUCCEEDED"),
        zombie.acknowledge(),
        zombie.beat(),
        zombie.acknowledge_cancel(),
        zombie.hand_back(),
        zombie.log("more\n", 7),
        zombie.upload("file", b"data", 0, 4),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "STALE_LEASE"
        assert answer.json()["type"] == "StaleLease"
        assert zombie.lease_id not in answer.text
    assert bench.read(run) == before
    assert bench.log(run, "test") == "after\n"
    assert heir.complete().is_success
    assert bench.until_ended(run) == "SUCCEEDED"
    assert bench.ledger.leases_of(run) == ["EXPIRED", "COMPLETED"]


def test_a_completion_counts_once_and_its_repetition_hears_the_same(bench: CiBench) -> None:
    run = offered(bench)
    runner = bench.raw_runner(labels=(LABEL,))
    runner.begin()
    first, again = runner.complete(summary="done"), runner.complete(summary="done")
    assert first.json() == again.json()
    assert runner.complete("FAILED").status_code == 409
    assert bench.until_ended(run) == "SUCCEEDED"


def test_another_runner_cannot_speak_for_the_one_that_has_the_lease(bench: CiBench) -> None:
    run = offered(bench)
    holder, thief = (bench.raw_runner(name, labels=(LABEL,)) for name in ("holder", "thief"))
    holder.begin()
    thief.granted = holder.granted
    assert thief.complete("FAILED").json()["reason"] == "UNKNOWN_LEASE"
    thief.name = holder.name
    assert thief.complete("FAILED").status_code == 403
    assert holder.complete().is_success
    assert bench.until_ended(run) == "SUCCEEDED"


def test_a_real_runner_that_was_frozen_too_long_gives_its_job_up(bench: CiBench) -> None:
    repository = bench.repository({"test": {"steps": [bench.gate("test")]}})
    run = bench.create(repository)
    bench.until_traced("test")
    frozen = bench.stack["runner-1"]
    frozen.freeze()
    heir = bench.raw_runner(labels=(REAL,))
    heir.begin()
    frozen.thaw()
    assert heir.complete().is_success
    assert bench.until_ended(run) == "SUCCEEDED"
    bench.open("test")
    next_run = bench.create(repository)
    assert bench.until_ended(next_run) == "SUCCEEDED"
    assert bench.ledger.leases_of(run) == ["EXPIRED", "COMPLETED"]


def test_a_runner_that_is_told_to_stop_hands_its_job_back_at_once(bench: CiBench) -> None:
    run = bench.create(bench.repository({"test": {"steps": [bench.gate("test")]}}))
    bench.until_traced("test")
    assert bench.stack["runner-1"].stop() == 0
    assert bench.states(run) == {"test": "QUEUED"}
    bench.stack.start()
    bench.until_traced("test", 2)
    bench.open("test")
    assert bench.until_ended(run) == "SUCCEEDED"
    assert bench.ledger.leases_of(run) == ["REVOKED", "COMPLETED"]
    assert bench.jobs(run)["test"]["job"]["attempt_count"] == 1


def test_a_job_that_is_handed_back_again_and_again_is_only_waited_for(bench: CiBench) -> None:
    run = offered(bench)
    runner = bench.raw_runner(labels=(LABEL,))
    for _ in range(LEASE_LOSSES + 1):
        runner.begin()
        assert runner.hand_back().is_success
    runner.begin()
    assert runner.complete().is_success
    assert bench.until_ended(run) == "SUCCEEDED"


@pytest.mark.slow
def test_a_job_that_loses_every_runner_is_given_up(bench: CiBench) -> None:
    run = offered(bench)
    for number in range(LEASE_LOSSES + 1):
        bench.raw_runner(f"lost-{number}", labels=(LABEL,)).begin()
    assert bench.until_ended(run) == "FAILED"
    until(lambda: bench.jobs(run)["test"]["failure_explanations"], "an explanation")
    (explanation,) = bench.jobs(run)["test"]["failure_explanations"]
    assert explanation["category"] == "INFRA"
