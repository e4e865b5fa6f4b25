"""Creating runs: resolved once, recorded at once, and once per key."""

import asyncio

import pytest

from deltaci.errors import IdempotencyConflictError, InvalidRequestError, NotFoundError
from deltaci.runs.create import create_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import AuditEvent, Effect, IdempotencyKey, Run
from deltaci.testing.factories import ONE_JOB, REPOSITORY, Factory
from deltaci.testing.memory_commits import config
from deltaci.wire.runs import CreateRun

MAIN = CreateRun(repo_id=REPOSITORY, ref="main")


async def _prepared(factory: Factory) -> str:
    await factory.repository()
    return factory.commits.commit(config(ONE_JOB))


async def test_a_run_is_recorded_with_its_promise_and_audit_row(factory: Factory) -> None:
    sha = await _prepared(factory)

    accepted, new = await create_run(factory.core, factory.commits, "ada", MAIN, None)

    run = await factory.rows.run(accepted.run_id)
    assert (new, accepted.state, run.state) == (True, RunState.CREATED, RunState.CREATED)
    assert (run.commit_sha, run.created_by, run.kind) == (sha, "ada", "manual")
    assert (await factory.rows.one(Effect)).kind == EffectKind.START_RUN
    assert (await factory.rows.one(AuditEvent, AuditEvent.subject_id == run.id)).actor == "ada"


async def test_the_ref_is_resolved_once(factory: Factory) -> None:
    sha = await _prepared(factory)
    accepted, _ = await create_run(factory.core, factory.commits, "ada", MAIN, None)

    factory.commits.commit(config(ONE_JOB))

    assert (await factory.rows.run(accepted.run_id)).commit_sha == sha


async def test_the_same_key_gets_the_same_run_even_after_a_push(factory: Factory) -> None:
    await _prepared(factory)
    first, _ = await create_run(factory.core, factory.commits, "ada", MAIN, "key")
    factory.commits.commit(config(ONE_JOB))

    assert await create_run(factory.core, factory.commits, "ada", MAIN, "key") == (first, False)
    assert len(await factory.rows.all(Run)) == 1


async def test_the_same_key_for_another_ref_is_a_conflict(factory: Factory) -> None:
    await _prepared(factory)
    factory.commits.commit(config(ONE_JOB), ref="dev")
    await create_run(factory.core, factory.commits, "ada", MAIN, "key")
    dev = CreateRun(repo_id=REPOSITORY, ref="dev")

    with pytest.raises(IdempotencyConflictError):
        await create_run(factory.core, factory.commits, "ada", dev, "key")

    assert len(await factory.rows.all(Run)) == 1


async def test_keys_of_different_callers_have_nothing_to_do_with_each_other(
    factory: Factory,
) -> None:
    await _prepared(factory)
    first, _ = await create_run(factory.core, factory.commits, "ada", MAIN, "key")
    second, new = await create_run(factory.core, factory.commits, "bob", MAIN, "key")

    assert new
    assert first.run_id != second.run_id
    runs = await factory.rows.all(Run)
    assert len({run.workflow_id for run in runs}) == 2


async def test_without_a_key_every_request_is_a_run(factory: Factory) -> None:
    await _prepared(factory)
    for _ in range(3):
        await create_run(factory.core, factory.commits, "ada", MAIN, None)

    assert len(await factory.rows.all(Run)) == 3


async def test_fifty_identical_creates_at_once_make_one_run(factory: Factory) -> None:
    await _prepared(factory)

    answers = await asyncio.gather(
        *(create_run(factory.core, factory.commits, "ada", MAIN, "key") for _ in range(50))
    )

    assert len({accepted.run_id for accepted, _new in answers}) == 1
    assert sum(new for _accepted, new in answers) == 1
    assert len(await factory.rows.all(Run)) == 1
    assert len(await factory.rows.all(Effect)) == 1


async def test_an_unknown_repository_is_not_found(factory: Factory) -> None:
    with pytest.raises(NotFoundError):
        await create_run(factory.core, factory.commits, "ada", MAIN, "key")

    assert await factory.rows.all(IdempotencyKey) == []


async def test_an_unknown_ref_leaves_the_key_free(factory: Factory) -> None:
    await factory.repository()
    with pytest.raises(InvalidRequestError):
        await create_run(factory.core, factory.commits, "ada", MAIN, "key")

    await _prepared(factory)

    _accepted, new = await create_run(factory.core, factory.commits, "ada", MAIN, "key")
    assert new
