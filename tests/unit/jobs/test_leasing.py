"""Who gets which job, and when nobody does."""

import asyncio

import pytest

from deltaci.jobs.lease import runnable_keys
from deltaci.runs.cancel import cancel_run
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.tables import Lease, Transition
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job


async def test_a_lease_says_everything_that_the_runner_needs(factory: Factory) -> None:
    run_id = await factory.offered({"build": job(steps=["make", "make test"], timeout_seconds=90)})

    holder = await factory.seek()

    assert holder is not None
    run, granted = await factory.rows.run(run_id), holder.granted
    assert granted.run_id == run_id
    assert granted.lease_ttl_seconds > granted.heartbeat_interval_seconds
    assert granted.max_runtime_seconds == 90
    assert granted.job_spec.steps == ("make", "make test")
    assert granted.checkout.commit_sha == run.commit_sha
    assert granted.checkout.url == "/srv/acme/shop"


async def test_the_first_lease_starts_the_run(factory: Factory) -> None:
    run_id = await factory.offered()
    assert await factory.rows.run_state(run_id) is RunState.QUEUED
    now = factory.clock.advance(5)

    await factory.seek()

    run = await factory.rows.run(run_id)
    assert (run.state, run.started_at) == (RunState.RUNNING, now)


async def test_a_lease_moves_attempt_and_job_and_says_who_did_it(factory: Factory) -> None:
    holder = await factory.leased()

    run_id = holder.granted.run_id
    attempt = await factory.rows.attempt(run_id)
    assert (attempt.state, attempt.runner_id, attempt.fence) == (JobState.LEASED, "runner-1", 1)
    assert await factory.rows.job_states(run_id) == {"build": JobState.LEASED}
    moved = await factory.rows.all(Transition, Transition.subject_id == attempt.id)
    assert [(row.to_state, row.actor) for row in moved] == [
        ("QUEUED", "orchestrator"),
        ("LEASED", "runner:runner-1"),
    ]


async def test_only_a_hash_of_the_lease_id_is_stored(factory: Factory) -> None:
    holder = await factory.leased()

    (lease,) = await factory.rows.all(Lease)
    secret = holder.granted.lease_id.removeprefix("lease_")
    assert len(secret) == 64
    assert secret not in lease.id_hash
    assert lease.state is LeaseState.GRANTED


async def test_the_oldest_job_goes_first(factory: Factory) -> None:
    first = await factory.offered()
    factory.clock.advance(1)
    await factory.offered()

    holder = await factory.seek()

    assert holder is not None
    assert holder.granted.run_id == first


async def test_nothing_is_leased_when_nothing_is_offered(factory: Factory) -> None:
    await factory.planned()

    assert await factory.seek() is None


async def test_a_job_is_leased_once(factory: Factory) -> None:
    await factory.leased()

    assert await factory.seek("runner-2") is None


async def test_two_runners_at_once_never_get_the_same_job(factory: Factory) -> None:
    jobs = {f"job-{number}": job() for number in range(3)}
    await factory.offered(jobs)

    holders = await asyncio.gather(*(factory.seek(f"runner-{n}") for n in range(8)))

    leased = [holder.granted.job_id for holder in holders if holder]
    assert len(leased) == len(set(leased)) == 3
    assert len(await factory.rows.all(Lease)) == 3


async def test_many_runners_and_one_job_make_one_lease(factory: Factory) -> None:
    await factory.offered()

    holders = await asyncio.gather(*(factory.seek(f"runner-{n}") for n in range(8)))

    assert len([holder for holder in holders if holder]) == 1


async def test_a_runner_gets_only_jobs_whose_labels_it_has(factory: Factory) -> None:
    await factory.offered({"build": job(runs_on=["gpu", "os:linux"])})

    assert await factory.seek("plain", ["os:linux"]) is None
    assert await factory.seek("strong", ["gpu", "os:linux", "arch:arm64"]) is not None


async def test_a_job_with_an_image_goes_only_to_runners_that_run_images(factory: Factory) -> None:
    await factory.offered({"build": job(image="python:3.13")})

    assert await factory.seek("plain") is None
    assert await factory.seek("docker", ["image"]) is not None


async def test_a_job_for_others_does_not_hold_up_the_one_behind_it(factory: Factory) -> None:
    await factory.offered({"special": job(runs_on=["gpu"])})
    factory.clock.advance(1)
    plain = await factory.offered({"plain": job()})

    holder = await factory.seek()

    assert holder is not None
    assert holder.granted.run_id == plain


@pytest.mark.parametrize(
    ("key", "capabilities", "fits"),
    [
        ("", (), True),
        ("", ("gpu",), True),
        ("gpu", (), False),
        ("gpu", ("gpu",), True),
        ("gpu,image", ("gpu",), False),
        ("gpu,image", ("image", "gpu"), True),
        ("gpu", ("GPU",), False),
    ],
)
def test_labels_are_covered_as_a_whole(key: str, capabilities: tuple[str, ...], fits: bool) -> None:
    assert runnable_keys([key], capabilities) == ([key] if fits else [])


async def test_no_lease_is_granted_for_a_run_that_is_being_canceled(factory: Factory) -> None:
    run_id = await factory.offered({"build": job(), "lint": job()})
    await factory.seek()
    await cancel_run(factory.core, "ada", run_id)

    assert await factory.seek("runner-2") is None


async def test_a_cancel_racing_a_lease_leaves_either_a_lease_to_stop_or_no_lease(
    factory: Factory,
) -> None:
    run_id = await factory.offered()

    holder, _ = await asyncio.gather(
        factory.seek(), cancel_run(factory.core, "ada", run_id), return_exceptions=False
    )

    states = await factory.rows.job_states(run_id)
    assert states == {"build": JobState.CANCEL_REQUESTED if holder else JobState.CANCELED}
