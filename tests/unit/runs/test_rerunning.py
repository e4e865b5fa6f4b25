"""Reruns: a new run of the same commit, whole or in part, with what it takes over recorded."""

import asyncio

import pytest

from deltaci.errors import (
    IdempotencyConflictError,
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
)
from deltaci.runs.read import read_run
from deltaci.runs.rerun import rerun
from deltaci.runs.settle import settle_run
from deltaci.states import JobState, RunState
from deltaci.store.tables import AuditEvent, Run
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.runs import RerunRequest

CHAIN = {"build": job(), "lint": job(), "test": job("build"), "deploy": job("test")}
WHOLE = RerunRequest()


def _only(*names: str) -> RerunRequest:
    return RerunRequest(jobs=list(names))


async def _finished(factory: Factory, *failing: str) -> str:
    """A run of CHAIN in which everything before `deploy` was tried, and `failing` failed."""
    run_id = await factory.offered(CHAIN)
    for names in (("build", "lint"), ("test",)):
        await factory.offer(run_id, *names)
        for _ in names:
            holder = await factory.seek()
            assert holder is not None
            await holder.ack()
            name = holder.granted.job_spec.name
            await holder.complete("FAILED" if name in failing else "SUCCEEDED", exit_code=0)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.FAILED))
    return run_id


async def test_a_rerun_is_a_new_run_of_the_same_commit(factory: Factory) -> None:
    original = await _finished(factory, "test")
    before = await factory.rows.run(original)
    factory.commits.commit({"README.md": "pushed meanwhile"})

    answer = await rerun(factory.core, "bob", original, WHOLE, None)

    again = await factory.rows.run(answer.run_id)
    assert (answer.original_run, answer.created) == (original, True)
    assert (again.commit_sha, again.ref) == (before.commit_sha, before.ref)
    assert (again.kind, again.original_run_id, again.created_by) == ("rerun", original, "bob")
    after = await factory.rows.run(original)
    assert (after.state, after.updated_at) == (before.state, before.updated_at)


async def test_a_whole_rerun_executes_everything_again(factory: Factory) -> None:
    original = await _finished(factory, "test")

    answer = await rerun(factory.core, "ada", original, WHOLE, None)
    await factory.plan(answer.run_id)

    states = await factory.rows.job_states(answer.run_id)
    assert states == dict.fromkeys(CHAIN, JobState.CREATED)


async def test_a_filtered_rerun_reuses_the_results_that_its_jobs_need(factory: Factory) -> None:
    original = await _finished(factory, "test")
    build = await factory.rows.job(original, "build")

    answer = await rerun(factory.core, "ada", original, _only("test"), None)
    planned = await factory.plan(answer.run_id)

    states = await factory.rows.job_states(answer.run_id)
    assert states == {"build": JobState.SUCCEEDED, "test": JobState.CREATED}
    reused = await factory.rows.job(answer.run_id, "build")
    assert (reused.reused_from, reused.attempt_count) == (build.id, 0)
    assert await factory.rows.attempts(answer.run_id, "build") == []
    assert {ticket.name: ticket.state for ticket in planned.jobs} == states


async def test_what_is_needed_and_did_not_succeed_is_executed_too(factory: Factory) -> None:
    original = await _finished(factory, "test")

    answer = await rerun(factory.core, "ada", original, _only("deploy"), None)
    await factory.plan(answer.run_id)

    assert await factory.rows.job_states(answer.run_id) == {
        "build": JobState.SUCCEEDED,
        "test": JobState.CREATED,
        "deploy": JobState.CREATED,
    }


async def test_a_job_named_for_the_rerun_is_executed_even_if_it_succeeded(
    factory: Factory,
) -> None:
    original = await _finished(factory)

    answer = await rerun(factory.core, "ada", original, _only("build", "test"), None)
    await factory.plan(answer.run_id)

    states = await factory.rows.job_states(answer.run_id)
    assert states == {"build": JobState.CREATED, "test": JobState.CREATED}


async def test_jobs_that_are_left_out_are_skipped_with_a_reason(factory: Factory) -> None:
    original = await _finished(factory, "test")
    answer = await rerun(factory.core, "ada", original, _only("test"), None)
    await factory.plan(answer.run_id)

    plan = (await read_run(factory.core, answer.run_id)).plan
    assert plan is not None
    skipped = {each.name: each.reason for each in plan.skipped_jobs}
    assert skipped["lint"] == f"not rerun: SUCCEEDED in {original}"
    assert skipped["deploy"] == f"not rerun: CANCELED in {original}"


async def test_a_rerun_of_a_rerun_still_names_where_a_result_came_from(factory: Factory) -> None:
    original = await _finished(factory, "test")
    build = await factory.rows.job(original, "build")
    first = await rerun(factory.core, "ada", original, _only("test"), None)
    await factory.plan(first.run_id)

    second = await rerun(factory.core, "ada", first.run_id, _only("test"), None)
    await factory.plan(second.run_id)

    assert (await factory.rows.job(second.run_id, "build")).reused_from == build.id


async def test_unknown_names_are_refused_with_the_known_ones(factory: Factory) -> None:
    original = await _finished(factory)

    with pytest.raises(InvalidRequestError) as refused:
        await rerun(factory.core, "ada", original, _only("test", "tset"), None)

    assert refused.value.details["unknown_jobs"] == ["tset"]
    assert refused.value.details["known_jobs"] == sorted(CHAIN)


async def test_jobs_cannot_be_named_before_they_are_planned(factory: Factory) -> None:
    original = await factory.run()

    with pytest.raises(InvalidStateError):
        await rerun(factory.core, "ada", original, _only("build"), None)


async def test_an_unknown_run_is_not_found(factory: Factory) -> None:
    with pytest.raises(NotFoundError):
        await rerun(factory.core, "ada", "run_nobody", WHOLE, None)


async def test_a_replayed_key_answers_the_first_new_run(factory: Factory) -> None:
    original = await _finished(factory)
    first = await rerun(factory.core, "ada", original, _only("test", "build"), "key")

    again = await rerun(factory.core, "ada", original, _only("build", "test", "test"), "key")

    assert (again.run_id, again.created, again.idempotencyKey) == (first.run_id, False, "key")
    assert len(await factory.rows.all(Run)) == 2


async def test_a_replayed_key_with_another_filter_is_a_conflict(factory: Factory) -> None:
    original = await _finished(factory)
    await rerun(factory.core, "ada", original, WHOLE, "key")

    with pytest.raises(IdempotencyConflictError):
        await rerun(factory.core, "ada", original, _only("test"), "key")


async def test_a_key_belongs_to_its_original_run(factory: Factory) -> None:
    one, other = await _finished(factory), await _finished(factory)

    first = await rerun(factory.core, "ada", one, WHOLE, "key")
    second = await rerun(factory.core, "ada", other, WHOLE, "key")

    assert (second.created, second.run_id == first.run_id) == (True, False)


async def test_fifty_replays_at_once_make_one_run(factory: Factory) -> None:
    original = await _finished(factory)

    answers = await asyncio.gather(
        *(rerun(factory.core, "ada", original, WHOLE, "key") for _ in range(50))
    )

    assert len({answer.run_id for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1


async def test_a_rerun_is_audited_with_its_original(factory: Factory) -> None:
    original = await _finished(factory)
    answer = await rerun(factory.core, "bob", original, WHOLE, None)

    event = await factory.rows.one(AuditEvent, AuditEvent.subject_id == answer.run_id)
    assert (event.action, event.actor) == ("run.rerun", "bob")
    assert event.details["original_run"] == original
