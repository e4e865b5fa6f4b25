"""Jobs of deployments: what every office promises, and what runs of ours do beside it."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from deltaci.engines.port import (
    EngineState,
    EngineUnavailableError,
    JobOffice,
    JobOrder,
    JobRefusedError,
)
from deltaci.errors import InvalidStateError
from deltaci.runs.deployment_job import NO_REPOSITORY, RunJobs
from deltaci.runs.plan import plan_run
from deltaci.runs.rerun import rerun
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.deployment_jobs import sealed_secrets_of
from deltaci.store.repositories import list_repositories
from deltaci.testing.factories import REPOSITORY, USER, Factory
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.memory_jobs import MemoryJobs
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.runs import RerunRequest

SECRET = "the-token-of-production"
ORDER = JobOrder(
    key="key-1/deploy",
    deployment_id="0190-deployment",
    name="deploy",
    steps=("./deploy.sh", "echo done"),
    environment="staging",
    git_sha="",
    labels=("kubernetes",),
    variables={"DELTA_CI_VERSION": "1.2.3"},
    secrets={"DEPLOY_TOKEN": SECRET},
    timeout_seconds=77,
)
CAPABLE = ("deploy:staging", "kubernetes")


@pytest.fixture
def jobs(factory: Factory) -> RunJobs:
    return RunJobs(factory.core, factory.commits)


@pytest.fixture(params=["memory", "runs"])
def office(request: pytest.FixtureRequest, jobs: RunJobs) -> JobOffice:
    return MemoryJobs() if request.param == "memory" else jobs


async def _leased(factory: Factory, run_id: str) -> LeaseHolder:
    await factory.offer(run_id)
    holder = await factory.seek(capabilities=CAPABLE)
    assert holder is not None
    return holder


async def _ended(factory: Factory, run_id: str, status: str, summary: str = "") -> None:
    holder = await _leased(factory, run_id)
    await holder.ack()
    await holder.complete(status, exit_code=0 if status == "SUCCEEDED" else 1, summary=summary)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))


async def test_an_equal_order_is_the_same_job(office: JobOffice) -> None:
    first = await office.start_job(ORDER)
    assert await office.start_job(replace(ORDER, steps=("other",))) == first
    assert await office.start_job(replace(ORDER, key="key-2/deploy")) != first
    assert (await office.look(first)).state is EngineState.RUNNING


async def test_orders_at_once_are_one_job(office: JobOffice) -> None:
    assert len(set(await asyncio.gather(*(office.start_job(ORDER) for _ in range(5))))) == 1


async def test_a_cancel_may_be_repeated(office: JobOffice) -> None:
    run_id = await office.start_job(ORDER)
    await office.cancel(run_id)
    await office.cancel(run_id)


async def test_the_job_goes_to_a_runner_that_may_deploy_there(
    factory: Factory, jobs: RunJobs
) -> None:
    run_id = await jobs.start_job(ORDER)
    await factory.offer(run_id)
    for lacking in ((), ("kubernetes",), ("deploy:production", "kubernetes")):
        assert await factory.seek(capabilities=lacking) is None
    holder = await factory.seek(capabilities=CAPABLE)
    assert holder is not None
    assert holder.granted.job_spec.steps == ORDER.steps
    assert holder.granted.job_spec.env == {"DELTA_CI_VERSION": "1.2.3"}
    assert holder.granted.max_runtime_seconds == 77


async def test_only_the_lease_tells_the_secrets(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    holder = await _leased(factory, run_id)
    assert holder.granted.secrets == {"DEPLOY_TOKEN": SECRET}
    assert SECRET not in repr(holder.granted)
    job = await factory.rows.job(run_id, "deploy")
    assert SECRET not in json.dumps(job.spec)
    async with factory.core.database.read() as tx:
        kept = await sealed_secrets_of(tx, run_id)
    assert kept is not None
    assert SECRET.encode() not in kept


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
async def test_the_secrets_are_forgotten_when_the_run_has_ended(
    factory: Factory, jobs: RunJobs, status: str
) -> None:
    run_id = await jobs.start_job(ORDER)
    await _ended(factory, run_id, status)
    async with factory.core.database.read() as tx:
        assert await sealed_secrets_of(tx, run_id) is None


async def test_a_job_of_a_repository_is_told_no_secrets(factory: Factory, jobs: RunJobs) -> None:
    await jobs.start_job(ORDER)
    assert (await factory.leased()).granted.secrets == {}


async def test_the_run_is_planned_from_the_beginning(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    planned = await plan_run(factory.core, factory.commits, run_id)
    assert planned.state is RunState.QUEUED
    assert planned.max_runtime_seconds == 77
    (ticket,) = planned.jobs
    assert (ticket.name, ticket.required) == ("deploy", True)
    assert ticket.labels == "deploy:staging,kubernetes"


async def test_how_the_run_ended_is_how_the_job_stands(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    await _ended(factory, run_id, "SUCCEEDED")
    assert (await jobs.look(run_id)).state is EngineState.SUCCEEDED
    run_id = await jobs.start_job(replace(ORDER, key="key-2/deploy"))
    await _ended(factory, run_id, "FAILED", summary="step 1 './deploy.sh' failed: exit status 1")
    standing = await jobs.look(run_id)
    assert standing.state is EngineState.FAILED
    assert standing.timed_out is False


async def test_a_job_that_no_runner_took_has_timed_out(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    await factory.offer(run_id)
    ending = RunEnding(run_id=run_id, wanted=RunState.TIMEOUT, reason="the run took too long")
    await settle_run(factory.core, ending)
    standing = await jobs.look(run_id)
    assert (standing.state, standing.timed_out) == (EngineState.FAILED, True)


async def test_a_cancelled_job_ends_as_cancelled(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    await jobs.cancel(run_id)
    assert (await jobs.look(run_id)).state is EngineState.RUNNING
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.CANCELED))
    assert (await jobs.look(run_id)).state is EngineState.CANCELED
    await jobs.cancel(run_id)


async def test_a_job_that_nobody_knows_is_asked_for_again(jobs: RunJobs) -> None:
    with pytest.raises(EngineUnavailableError):
        await jobs.look("run_unknown")


async def test_a_checkout_is_of_the_builds_commit_with_a_proof_that_it_is_there(
    factory: Factory, jobs: RunJobs
) -> None:
    await factory.repository()
    sha = factory.commits.commit({"deploy.sh": ""})
    run_id = await jobs.start_job(replace(ORDER, repo_id=REPOSITORY, git_sha=sha))
    assert factory.commits.brought == {sha: False}
    checkout = (await _leased(factory, run_id)).granted.checkout
    assert (checkout.repo_id, checkout.commit_sha) == (REPOSITORY, sha)


async def test_without_a_repository_there_is_nothing_to_check_out(
    factory: Factory, jobs: RunJobs
) -> None:
    run_id = await jobs.start_job(ORDER)
    checkout = (await _leased(factory, run_id)).granted.checkout
    assert (checkout.repo_id, checkout.commit_sha, checkout.url) == (NO_REPOSITORY, "", "")
    async with factory.core.database.read() as tx:
        found, _ = await list_repositories(tx, limit=10)
    assert found == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"repo_id": REPOSITORY, "git_sha": "abc1234"}, "not a whole commit id"),
        ({"repo_id": REPOSITORY, "git_sha": "a" * 40}, "cannot be used"),
        ({"repo_id": "acme/other", "git_sha": "a" * 40}, "not registered"),
        ({"environment": "staging,production"}, "comma"),
    ],
)
async def test_what_cannot_be_a_job_is_refused(
    factory: Factory, jobs: RunJobs, change: dict[str, Any], why: str
) -> None:
    await factory.repository()
    with pytest.raises(JobRefusedError, match=why):
        await jobs.start_job(replace(ORDER, **change))


async def test_a_repository_that_is_away_is_asked_again(factory: Factory, jobs: RunJobs) -> None:
    await factory.repository()
    sha = factory.commits.commit({"deploy.sh": ""})
    factory.commits.reachable = False
    with pytest.raises(EngineUnavailableError):
        await jobs.start_job(replace(ORDER, repo_id=REPOSITORY, git_sha=sha))


async def test_a_deployments_run_cannot_be_rerun(factory: Factory, jobs: RunJobs) -> None:
    run_id = await jobs.start_job(ORDER)
    with pytest.raises(InvalidStateError, match="deploy again"):
        await rerun(factory.core, USER, run_id, RerunRequest(), None)


async def test_a_jobs_labels_cannot_lead_it_to_a_runner_that_deploys(factory: Factory) -> None:
    asks = {"build": {"steps": ["true"], "runs_on": ["deploy:staging"]}}
    run_id = await factory.planned(asks)
    run = await factory.rows.run(run_id)
    assert run.state is RunState.FAILED
    assert "deployments only" in run.state_reason
