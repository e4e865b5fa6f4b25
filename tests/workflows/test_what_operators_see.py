"""A run in Temporal's UI: found by attributes, told apart by its summary, followed by its table."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from deltaci.errors import UnavailableError
from deltaci.states import JobState, RunState
from deltaci.testing.scripted_run import ScriptedRun, order, ticket
from deltaci.wire.orchestration import JobOutcome, RunOutcome
from workflows.gateway import Gateway
from workflows.search import KIND, OUTCOME, REF, REPO, RUN, SHA


async def test_an_operator_finds_and_follows_a_run(
    dev_server: WorkflowEnvironment, serve: Any
) -> None:
    script = ScriptedRun([ticket("build", labels="linux"), ticket("test", "build")])
    script.held = {"build/1"}

    async with serve(dev_server.client, script) as queue:
        await Gateway(dev_server.client, queue).start_run("run/seen", order())
        run = dev_server.client.get_workflow_handle("run/seen", result_type=RunOutcome)
        await script.until_waiting("build/1")
        described = await run.describe()
        metadata = await run.query("__temporal_workflow_metadata")
        script.finish("build/1", JobState.SUCCEEDED)
        await run.result()
        ended = await run.describe()
        history = await run.fetch_history()

    assert await described.static_summary() == "acme/shop refs/heads/main @ aaaaaaaaaa (manual)"
    found = {key: described.typed_search_attributes.get(key) for key in (RUN, REPO, REF, SHA, KIND)}
    assert found == {
        RUN: order().run_id,
        REPO: "acme/shop",
        REF: "refs/heads/main",
        SHA: "a" * 40,
        KIND: "manual",
    }
    assert metadata.current_details == "```text\n… build  offered\n· test   waits\n```"
    assert ended.typed_search_attributes.get(OUTCOME) == "SUCCEEDED"
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_id
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert scheduled == ["job/build/1", "job/test/1"]


async def test_starting_twice_starts_once(dev_server: WorkflowEnvironment, serve: Any) -> None:
    script = ScriptedRun([ticket("build")])

    async with serve(dev_server.client, script) as queue:
        gateway = Gateway(dev_server.client, queue)
        for _ in range(3):
            await gateway.start_run("run/twice", order())
        run = dev_server.client.get_workflow_handle("run/twice", result_type=RunOutcome)
        outcome = await run.result()
        await gateway.start_run("run/twice", order())
        description = await run.describe()

    assert outcome.state is RunState.SUCCEEDED
    assert script.names("plan_run") == ["run_1"]
    assert description.status is not None
    assert description.status.name == "COMPLETED"


async def test_what_is_gone_needs_no_news(dev_server: WorkflowEnvironment) -> None:
    gateway = Gateway(dev_server.client, "nobody")

    await gateway.signal_run("run/none", "cancel")

    assert (await gateway.standing("run/none")).name == "UNKNOWN"


async def test_a_token_that_is_none_is_tried_again_later(dev_server: WorkflowEnvironment) -> None:
    gateway = Gateway(dev_server.client, "nobody")
    outcome = JobOutcome(attempt_id="build/1", state=JobState.SUCCEEDED)

    with pytest.raises(UnavailableError):
        await gateway.complete_job(b"nonsense", outcome)


async def test_a_near_step_that_hangs_goes_on_far(
    start_in_real_time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.PLAN_NEAR_TIMEOUT", timedelta(seconds=0.2))
    script = ScriptedRun([ticket("build")])
    script.hold_once("plan_run")

    async with start_in_real_time(script) as run:
        outcome = await run.result()

    assert outcome.state is RunState.SUCCEEDED
