"""What the engine `runner` makes of a recipe."""

from dataclasses import replace

import pytest

from deltaci.engines.port import EngineRefusedError, EngineState, FailureCategory
from deltaci.engines.runner import RunnerEngine
from deltaci.testing.engine_bench import KEY, order_of
from deltaci.testing.memory_jobs import MemoryJobs
from deltaci.testing.settable_clock import SettableClock

SPEC = {
    "steps": ["./deploy.sh", "echo done"],
    "repo_id": "acme/shop",
    "labels": ["kubernetes"],
    "image": "alpine",
}


@pytest.fixture
def jobs() -> MemoryJobs:
    return MemoryJobs()


@pytest.fixture
def engine(jobs: MemoryJobs) -> RunnerEngine:
    return RunnerEngine(jobs, SettableClock())


async def test_the_steps_are_given_literally_and_learn_what_they_deploy(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    await engine.start(order_of(SPEC, '{"TOKEN": "t"}'))
    (job,) = jobs.orders.values()
    assert job.steps == ("./deploy.sh", "echo done")
    assert (job.repo_id, job.labels, job.image) == ("acme/shop", ("kubernetes",), "alpine")
    assert job.secrets == {"TOKEN": "t"}
    assert job.key == f"{KEY}/deploy"
    assert job.variables == {
        "DELTA_CI_DEPLOYMENT_ID": "0190-deployment",
        "DELTA_CI_DEPLOYMENT_KIND": "ROLL_FORWARD",
        "DELTA_CI_SERVICE": "checkout",
        "DELTA_CI_VERSION": "1.2.3",
        "DELTA_CI_ENVIRONMENT": "staging",
        "DELTA_CI_ARTIFACT_REF": "s3://artifacts/checkout/1.2.3.zip",
        "DELTA_CI_SHA256": "ab" * 32,
        "DELTA_CI_GIT_SHA": "c0ffee" * 6 + "cafe",
        "DELTA_CI_PREVIOUS_VERSION": "1.2.2",
    }


async def test_verification_is_a_second_job_of_the_same_recipe(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    order = order_of(SPEC, '{"TOKEN": "t"}')
    deployed = await engine.start(order)
    verified = await engine.verify(order, ["./smoke.sh"])
    assert verified != deployed
    assert await engine.verify(order, ["./smoke.sh"]) == verified
    job = jobs.orders[verified.id]
    assert (job.name, job.steps, job.secrets) == ("verify", ("./smoke.sh",), {"TOKEN": "t"})


async def test_verification_of_another_engines_deployment_is_told_none_of_its_secrets(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    order = order_of({"url": "https://deployer.test"}, "whsec_of_the_deployer")
    verified = await engine.verify(order, ["./smoke.sh"])
    job = jobs.orders[verified.id]
    assert (job.secrets, job.repo_id, job.labels) == ({}, None, ())
    jobs.end(EngineState.FAILED, "step 1 failed: whsec_of_the_deployer")
    progress = await engine.poll(order, verified)
    assert progress.failure is not None
    assert progress.failure.detail == "step 1 failed: ***"


@pytest.mark.parametrize(
    "secret", ["plain words", "[]", '{"1bad": "x"}', '{"A": 1}', '{"A": "\\u0000"}']
)
async def test_a_secret_that_is_no_object_of_variables_is_the_recipes_fault(
    engine: RunnerEngine, jobs: MemoryJobs, secret: str
) -> None:
    with pytest.raises(EngineRefusedError) as raised:
        await engine.start(order_of(SPEC, secret))
    assert raised.value.failure.category is FailureCategory.CONFIG
    assert secret not in repr(raised.value.failure)
    assert jobs.orders == {}


async def test_a_job_that_took_too_long_is_a_timeout(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    order = order_of(SPEC)
    execution = await engine.start(order)
    jobs.end(EngineState.FAILED, "the run took longer than 60 s", timed_out=True)
    failure = (await engine.poll(order, execution)).failure
    assert failure is not None
    assert failure.category is FailureCategory.TIMEOUT


async def test_what_a_step_is_called_does_not_decide_why_it_failed(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    order = order_of(SPEC)
    execution = await engine.start(order)
    jobs.end(EngineState.FAILED, "step 1 'kubectl config use-context' failed: exit status 1")
    failure = (await engine.poll(order, execution)).failure
    assert failure is not None
    assert failure.category is FailureCategory.UNKNOWN


async def test_a_rollback_that_fails_for_no_known_reason_is_a_rollback_failure(
    engine: RunnerEngine, jobs: MemoryJobs
) -> None:
    order = replace(order_of(SPEC), kind="ROLLBACK")
    execution = await engine.start(order)
    jobs.end(EngineState.FAILED, "step 1 './deploy.sh' failed: exit status 1")
    failure = (await engine.poll(order, execution)).failure
    assert failure is not None
    assert failure.category is FailureCategory.ROLLBACK
