"""What follows a failed attempt: by cause, bounded, and the same however often it is asked."""

import asyncio

import pytest

from deltaci.errors import DeltaError
from deltaci.jobs.offer import offer_attempt
from deltaci.jobs.retry import BACKOFF_MAX_SECONDS, backoff_seconds, may_retry
from deltaci.jobs.settle import settle_attempt
from deltaci.planner.model import JobPolicy
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job

NETWORK = {"status": "FAILED", "exit_code": 1, "summary": "dial tcp: connection refused"}


async def _failed(factory: Factory, retries: int = 1, **fields: object) -> tuple[str, str]:
    holder = await factory.running({"build": job(retries=retries)})
    await holder.complete(**(NETWORK | fields))  # type: ignore[arg-type]
    run_id = holder.granted.run_id
    return run_id, (await factory.rows.attempt(run_id)).id


async def test_a_failure_of_the_network_is_retried_with_a_new_attempt(factory: Factory) -> None:
    run_id, failed = await _failed(factory)

    settlement = await settle_attempt(factory.core, failed)

    old, new = await factory.rows.attempts(run_id)
    assert (old.state, new.state) == (JobState.FAILED, JobState.CREATED)
    assert (settlement.state, settlement.attempt_id) == (JobState.QUEUED, new.id)
    assert (settlement.attempt_number, new.attempt_number) == (2, 2)
    job_row = await factory.rows.job(run_id)
    assert (job_row.state, job_row.attempt_count) == (JobState.QUEUED, 2)
    assert job_row.state_reason == "retry 1 after INFRA failure"


async def test_a_retry_is_leased_only_once_it_is_offered(factory: Factory) -> None:
    _run_id, failed = await _failed(factory)
    settlement = await settle_attempt(factory.core, failed)
    assert await factory.seek() is None

    await offer_attempt(factory.core, settlement.attempt_id, b"token")

    assert await factory.seek() is not None


async def test_a_lint_failure_is_not_retried(factory: Factory) -> None:
    holder = await factory.running({"lint": job(retries=3)})
    run_id = holder.granted.run_id
    await holder.complete("FAILED", exit_code=1, summary="2 problems")

    settlement = await settle_attempt(factory.core, (await factory.rows.attempt(run_id, "lint")).id)

    assert settlement.state is JobState.FAILED
    assert await factory.rows.job_states(run_id) == {"lint": JobState.FAILED}


async def test_the_last_retry_ends_the_job(factory: Factory) -> None:
    run_id, failed = await _failed(factory, retries=1)
    settlement = await settle_attempt(factory.core, failed)
    await offer_attempt(factory.core, settlement.attempt_id, b"token")
    holder = await factory.seek()
    assert holder is not None
    await holder.ack()
    await holder.complete(**NETWORK)  # type: ignore[arg-type]

    settlement = await settle_attempt(factory.core, settlement.attempt_id)

    assert settlement.state is JobState.FAILED
    assert len(await factory.rows.attempts(run_id)) == 2


async def test_settling_again_finds_what_was_decided(factory: Factory) -> None:
    run_id, failed = await _failed(factory, retries=5)
    first = await settle_attempt(factory.core, failed)

    assert await settle_attempt(factory.core, failed) == first
    assert len(await factory.rows.attempts(run_id)) == 2


async def test_settling_at_once_twice_makes_one_retry(factory: Factory) -> None:
    run_id, failed = await _failed(factory, retries=5)

    first, second = await asyncio.gather(*(settle_attempt(factory.core, failed) for _ in range(2)))

    assert first == second
    assert len(await factory.rows.attempts(run_id)) == 2


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
async def test_without_retries_the_job_ends_as_its_attempt_did(
    factory: Factory, status: str
) -> None:
    run_id, failed = await _failed(factory, retries=0, status=status)

    settlement = await settle_attempt(factory.core, failed)

    assert settlement.state == status
    assert await factory.rows.job_states(run_id) == {"build": JobState(status)}


async def test_a_cancel_before_the_decision_means_no_retry(factory: Factory) -> None:
    run_id, failed = await _failed(factory, retries=5)
    await cancel_run(factory.core, "ada", run_id)

    settlement = await settle_attempt(factory.core, failed)

    assert settlement.state is JobState.CANCELED
    assert len(await factory.rows.attempts(run_id)) == 1


async def test_a_cancel_during_the_backoff_means_no_retry(factory: Factory) -> None:
    run_id, failed = await _failed(factory)
    settlement = await settle_attempt(factory.core, failed)
    await cancel_run(factory.core, "ada", run_id)

    outcome = await offer_attempt(factory.core, settlement.attempt_id, b"token")

    assert outcome is not None
    assert outcome.state is JobState.CANCELED
    assert await factory.rows.job_states(run_id) == {"build": JobState.CANCELED}


async def test_an_attempt_that_has_not_ended_cannot_be_settled(factory: Factory) -> None:
    run_id = (await factory.running({"build": job(retries=3)})).granted.run_id
    attempt = await factory.rows.attempt(run_id)

    with pytest.raises(DeltaError, match="has not ended"):
        await settle_attempt(factory.core, attempt.id)

    assert await factory.rows.job_states(run_id) == {"build": JobState.RUNNING}


async def test_the_settlement_says_how_long_to_wait(factory: Factory) -> None:
    factory = factory.under(job_retry_backoff_seconds=7)
    _run_id, failed = await _failed(factory)

    assert (await settle_attempt(factory.core, failed)).backoff_seconds == 7


@pytest.mark.parametrize(
    ("attempt_number", "seconds"),
    [(1, 5), (2, 10), (3, 20), (7, BACKOFF_MAX_SECONDS), (10_000, BACKOFF_MAX_SECONDS)],
)
def test_the_wait_doubles_and_is_bounded(attempt_number: int, seconds: int) -> None:
    assert backoff_seconds(attempt_number, 5) == seconds


@pytest.mark.parametrize(
    ("retries", "retry_on", "category", "attempt_number", "again"),
    [
        (0, ("INFRA",), "INFRA", 1, False),
        (1, ("INFRA",), "INFRA", 1, True),
        (1, ("INFRA",), "INFRA", 2, False),
        (3, ("INFRA",), "USER", 1, False),
        (3, ("USER",), "USER", 3, True),
        (3, (), "INFRA", 1, False),
    ],
)
def test_retries_need_a_cause_that_is_worth_it_and_some_left(
    retries: int, retry_on: tuple[str, ...], category: str, attempt_number: int, again: bool
) -> None:
    policy = JobPolicy(retries=retries, retry_on=retry_on)

    assert may_retry(policy, category, attempt_number) is again
