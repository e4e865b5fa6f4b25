"""A deployment's workflow, over activities that a test answers: it waits, carries out, verifies."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from deltaci.states import DeploymentState
from deltaci.testing.scripted_deployment import (
    BEGINS,
    BROKEN,
    DAY_SECONDS,
    RUNNING,
    SUCCEEDED,
    WAITS,
    ScriptedDeployment,
    order,
)
from deltaci.wire.deployment_orders import (
    Admission,
    Checks,
    DeploymentOrder,
    DeploymentOutcome,
    ProbeOutcome,
    Trouble,
)
from workflows.deployment import DeploymentWorkflow
from workflows.worker_factory import build_engine_worker, build_worker

NUMBERS = itertools.count(1)

NEAR = ("admit_deployment", "begin_verification", "cancel_from_outside", "settle_deployment")
FAR = (
    *("start_engine", "ask_engine", "stop_engine"),
    *("probe_deployment", "check_command", "stop_command"),
)

Handle = WorkflowHandle[Any, DeploymentOutcome]


def bound(script: ScriptedDeployment, name: str) -> Callable[..., Any]:
    """The script's answer, registered under the name of the real activity."""
    method = getattr(script, name)
    argument_type, result_type = get_type_hints(method).values()

    async def call(argument: Any) -> Any:
        return await method(argument)

    call.__annotations__ = {"argument": argument_type, "return": result_type}
    return activity.defn(name=name)(call)


@pytest.fixture(params=[1000, 0], ids=["cached", "replayed"])
def begin(skipping: WorkflowEnvironment, request: pytest.FixtureRequest) -> Any:
    """Start a deployment; once cached, once replayed from the start at every task."""

    @asynccontextmanager
    async def begin(script: ScriptedDeployment, given: DeploymentOrder) -> AsyncIterator[Handle]:
        queue = f"deployments-{next(NUMBERS)}"
        client, options = skipping.client, {"max_cached_workflows": request.param}
        near, far = ([bound(script, name) for name in names] for names in (NEAR, FAR))
        async with AsyncExitStack() as workers:
            await workers.enter_async_context(build_worker(client, queue, near, **options))
            await workers.enter_async_context(build_engine_worker(client, queue, far, 5))
            yield await client.start_workflow(
                DeploymentWorkflow.run, given, id=given.deployment_id, task_queue=queue
            )

    return begin


async def test_it_is_admitted_carried_out_and_settled(begin: Any) -> None:
    script = ScriptedDeployment()
    async with begin(script, order()) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.SUCCEEDED
    assert script.told == ["admit", "start", "poll", "settle"]


async def test_it_waits_until_the_very_moment(begin: Any, skipping: WorkflowEnvironment) -> None:
    now = await skipping.get_current_time()
    opens = now.astimezone(UTC) + timedelta(seconds=47)
    seen: list[datetime] = []

    async def look() -> None:
        seen.append((await skipping.get_current_time()).astimezone(UTC))

    script = ScriptedDeployment(
        [Admission(begins=False, retry_at=opens), BEGINS], hooks={"admit": look}
    )
    async with begin(script, order()) as deployment:
        await deployment.result()

    assert timedelta() <= seen[1] - opens < timedelta(seconds=2)


async def test_an_approval_is_noticed_at_once(begin: Any) -> None:
    script = ScriptedDeployment([WAITS, BEGINS])
    async with begin(script, order(recheck_seconds=DAY_SECONDS)) as deployment:
        await deployment.signal(DeploymentWorkflow.changed)
        assert (await deployment.result()).state is DeploymentState.SUCCEEDED


async def test_news_that_were_lost_are_looked_for(begin: Any) -> None:
    script = ScriptedDeployment([WAITS, WAITS, WAITS, BEGINS])
    async with begin(script, order()) as deployment:
        await deployment.result()

    assert script.told.count("admit") == 4


async def test_it_does_not_wait_for_ever(begin: Any) -> None:
    script = ScriptedDeployment([WAITS])
    async with begin(script, order(wait_max_seconds=4 * 3600)) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.CANCELED
    assert "start" not in script.told
    assert 20 < script.told.count("admit") < 40


async def test_what_may_not_begin_any_more_has_failed(begin: Any) -> None:
    trouble = Trouble(category="POLICY", summary="the environment is retired")
    script = ScriptedDeployment([Admission(begins=False, ended=True, trouble=trouble)])
    async with begin(script, order()) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.FAILED
    assert script.endings[0].trouble == trouble


async def test_an_engine_that_fails_is_told_with_its_reason(begin: Any) -> None:
    script = ScriptedDeployment(polls=[RUNNING, BROKEN])
    async with begin(script, order()) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.FAILED
    assert script.endings[0].trouble == BROKEN.trouble


async def test_an_engine_that_is_away_for_a_while_is_asked_again(begin: Any) -> None:
    away = ApplicationError("away", type="EngineUnavailable")
    script = ScriptedDeployment(starts=[away, away, RUNNING], polls=[away, SUCCEEDED])
    async with begin(script, order()) as deployment:
        assert (await deployment.result()).state is DeploymentState.SUCCEEDED


async def test_an_engine_that_stays_away_fails_it(begin: Any) -> None:
    script = ScriptedDeployment(starts=[ApplicationError("away", type="EngineUnavailable")])
    async with begin(script, order()) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.FAILED
    assert script.endings[0].trouble is not None
    assert script.endings[0].trouble.category == "INFRASTRUCTURE"


async def test_an_engine_that_never_ends_is_stopped_in_time(begin: Any) -> None:
    script = ScriptedDeployment(polls=[RUNNING])
    async with begin(script, order(timeout_seconds=3600, poll_seconds=300)) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.FAILED
    assert script.endings[0].trouble is not None
    assert script.endings[0].trouble.category == "TIMEOUT"
    assert "stop" in script.told
    assert script.told.count("poll") < 40


async def test_an_engine_that_finishes_at_the_last_moment_has_deployed(begin: Any) -> None:
    script = ScriptedDeployment(polls=[RUNNING], stops=[SUCCEEDED])
    async with begin(script, order(timeout_seconds=60)) as deployment:
        assert (await deployment.result()).state is DeploymentState.SUCCEEDED


@pytest.mark.parametrize("through_temporal", [False, True])
async def test_a_cancel_while_it_waits_ends_it(begin: Any, through_temporal: bool) -> None:
    script = ScriptedDeployment([WAITS, Admission(begins=False, ended=True)])
    async with begin(script, order(recheck_seconds=DAY_SECONDS)) as deployment:
        await (deployment.cancel() if through_temporal else deployment.signal("cancel"))
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.CANCELED
    assert "start" not in script.told
    assert ("cancel" in script.told) == through_temporal


@pytest.mark.parametrize("through_temporal", [False, True])
async def test_a_cancel_stops_the_engine(begin: Any, through_temporal: bool) -> None:
    script = ScriptedDeployment(polls=[RUNNING])
    async with begin(script, order()) as deployment:

        async def cancel() -> None:
            await (deployment.cancel() if through_temporal else deployment.signal("cancel"))

        script.hooks["poll"] = cancel
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.CANCELED
    assert "stop" in script.told


async def test_a_cancel_that_comes_too_late_is_told_as_what_happened(begin: Any) -> None:
    script = ScriptedDeployment(polls=[RUNNING], stops=[SUCCEEDED])
    async with begin(script, order()) as deployment:
        script.hooks["poll"] = lambda: deployment.signal("cancel")
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.SUCCEEDED
    assert "before it could be canceled" in script.endings[0].reason


async def test_an_engine_that_does_not_stop_is_not_waited_for(begin: Any) -> None:
    script = ScriptedDeployment(polls=[RUNNING], stops=[RUNNING])
    async with begin(script, order()) as deployment:
        script.hooks["start"] = lambda: deployment.signal("cancel")
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.CANCELED
    assert "may still be at work" in script.endings[0].reason


async def test_it_is_verified_as_often_as_the_recipe_says(begin: Any) -> None:
    good, bad = ProbeOutcome(ok=True), ProbeOutcome(ok=False, detail="503")
    script = ScriptedDeployment(probes=[bad, good, bad, good, good])
    async with begin(script, order(Checks(probes=True, successes=2))) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.SUCCEEDED
    assert script.told.count("probe") == 5
    assert script.told.index("active") < script.told.index("probe")


async def test_what_is_never_well_has_failed(begin: Any) -> None:
    script = ScriptedDeployment(probes=[ProbeOutcome(ok=False, detail="it answered 503")])
    async with begin(script, order(Checks(probes=True, probe_timeout_seconds=60))) as deployment:
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.FAILED
    assert script.endings[0].trouble is not None
    assert (script.endings[0].trouble.category, script.endings[0].trouble.detail) == (
        "APP",
        "it answered 503",
    )


async def test_what_breaks_while_it_soaks_has_failed(begin: Any) -> None:
    script = ScriptedDeployment(probes=[ProbeOutcome(ok=True), ProbeOutcome(ok=False)])
    checks = Checks(probes=True, soak_seconds=600, probe_timeout_seconds=30)
    async with begin(script, order(checks)) as deployment:
        assert (await deployment.result()).state is DeploymentState.FAILED


async def test_a_verification_command_decides(begin: Any) -> None:
    for answers, state in (
        ([RUNNING, SUCCEEDED], DeploymentState.SUCCEEDED),
        ([RUNNING, BROKEN], DeploymentState.FAILED),
    ):
        script = ScriptedDeployment(commands=list(answers))
        async with begin(script, order(Checks(command=True))) as deployment:
            assert (await deployment.result()).state is state


async def test_a_cancel_while_it_soaks_says_what_runs_there(begin: Any) -> None:
    script = ScriptedDeployment()
    async with begin(script, order(Checks(probes=True, soak_seconds=DAY_SECONDS))) as deployment:
        script.hooks["probe"] = lambda: deployment.signal("cancel")
        outcome = await deployment.result()

    assert outcome.state is DeploymentState.CANCELED
    assert "1.0.0 is what runs there" in script.endings[0].reason


async def test_a_workflow_that_takes_over_begins_nothing_twice(begin: Any) -> None:
    """The rows say that the engine was begun: it is asked at once."""
    script = ScriptedDeployment(starts=[RUNNING], polls=[SUCCEEDED])
    async with begin(script, order()) as deployment:
        await deployment.signal(DeploymentWorkflow.changed)
        await deployment.signal(DeploymentWorkflow.changed)
        await deployment.result()

    assert script.told.count("start") == 1
