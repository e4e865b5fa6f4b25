"""Histories of real runs replay with the code as it is: runs under way survive an upgrade."""

import dataclasses
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from deltaci.testing.workflow_commands import commands_of
from deltaci.wire.deployment_orders import DeploymentOutcome
from deltaci.wire.orchestration import (
    ArtifactFacts,
    DeliveryStanding,
    ReportStanding,
    RunOutcome,
)
from scripts.record_histories import DROPPED, SOURCES
from workflows import policies
from workflows.worker_factory import WORKFLOWS, sandbox

HERE = Path(__file__).parent
OUTCOMES = {
    "success": "SUCCEEDED",
    "retry": "SUCCEEDED",
    "blocked": "SUCCEEDED",
    "slot": "SUCCEEDED",
    "rerun_in_part": "SUCCEEDED",
    "required_failure": "FAILED",
    "plan_failure": "FAILED",
    "cancel": "CANCELED",
    "cancel_in_temporal": "CANCELED",
    "superseded": "CANCELED",
    "timeout": "TIMEOUT",
}
REPORTS = {"report": "CANCELED"}
"""What forges were told last."""
FACTS = {"verification": "71571b06"}
"""Beginnings of the digests that were found."""
DELIVERIES = {"delivery": "DELIVERED"}
"""How notifications ended."""
DEPLOYMENTS = {
    "deployment_approved": "SUCCEEDED",
    "deployment_unhealthy": "FAILED",
    "deployment_rollback": "SUCCEEDED",
    "deployment_canceled": "CANCELED",
}
"""How deployments ended."""
NAMES = sorted({*OUTCOMES, *REPORTS, *FACTS, *DELIVERIES, *DEPLOYMENTS})
ADVICE = """\
The workflow asks Temporal for other things than it did, or in another order. Runs that are under
way would fail to replay. Put the change behind `workflow.patched`, and record what is new with
`python -m scripts.record_histories --keep`; only before the first release may all histories be
recorded again, without `--keep`.
"""


def history(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(
        f"run/{name}", (HERE / "histories" / f"{name}.json").read_text()
    )


def replayer() -> Replayer:
    return Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandbox(),
    )


def test_every_history_has_an_expected_outcome() -> None:
    assert {file.stem for file in (HERE / "histories").glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_a_history_replays(name: str) -> None:
    await replayer().replay_workflow(history(name))


@pytest.mark.parametrize(("name", "state"), sorted(OUTCOMES.items()))
async def test_a_history_is_of_what_its_name_says(name: str, state: str) -> None:
    last = history(name).events[-1].workflow_execution_completed_event_attributes

    (outcome,) = await pydantic_data_converter.decode(last.result.payloads, [RunOutcome])

    assert outcome.state == state


@pytest.mark.parametrize(("name", "state"), sorted(REPORTS.items()))
async def test_a_history_of_a_report_tells_the_outcome(name: str, state: str) -> None:
    last = history(name).events[-1].workflow_execution_completed_event_attributes

    (standing,) = await pydantic_data_converter.decode(last.result.payloads, [ReportStanding])

    assert (standing.finished, standing.run_state) == (True, state)


@pytest.mark.parametrize(("name", "digest"), sorted(FACTS.items()))
async def test_a_history_of_a_verification_tells_what_was_found(name: str, digest: str) -> None:
    last = history(name).events[-1].workflow_execution_completed_event_attributes

    (facts,) = await pydantic_data_converter.decode(last.result.payloads, [ArtifactFacts])

    assert facts.sha256.startswith(digest)


@pytest.mark.parametrize(("name", "state"), sorted(DELIVERIES.items()))
async def test_a_history_of_a_notification_tells_its_end(name: str, state: str) -> None:
    last = history(name).events[-1].workflow_execution_completed_event_attributes

    (standing,) = await pydantic_data_converter.decode(last.result.payloads, [DeliveryStanding])

    assert standing.state == state


@pytest.mark.parametrize(("name", "state"), sorted(DEPLOYMENTS.items()))
async def test_a_history_of_a_deployment_tells_its_end(name: str, state: str) -> None:
    last = history(name).events[-1].workflow_execution_completed_event_attributes

    (outcome,) = await pydantic_data_converter.decode(last.result.payloads, [DeploymentOutcome])

    assert outcome.state == state


@pytest.mark.parametrize(
    ("name", "done", "not_done"),
    [
        ("deployment_approved", {"changed", "start_engine"}, "stop_engine"),
        ("deployment_unhealthy", {"start_engine", "probe_deployment"}, "stop_engine"),
        ("deployment_rollback", {"start_engine", "probe_deployment"}, "cancel"),
        ("deployment_canceled", {"start_engine", "cancel", "stop_engine"}, "probe_deployment"),
    ],
)
def test_a_history_of_a_deployment_goes_the_way_of_its_name(
    name: str, done: set[str], not_done: str
) -> None:
    events = history(name).events
    seen = {each.activity_task_scheduled_event_attributes.activity_type.name for each in events}
    seen |= {each.workflow_execution_signaled_event_attributes.signal_name for each in events}

    assert done <= seen
    assert not_done not in seen


@pytest.mark.parametrize("name", NAMES)
def test_a_history_names_no_machine(name: str) -> None:
    text = (HERE / "histories" / f"{name}.json").read_text()

    assert not [key for key in DROPPED if f'"{key}"' in text]
    assert "@" not in text.replace("refs/heads/main @", "")


@pytest.mark.parametrize("name", ["retry", "report", "delivery", *DEPLOYMENTS])
async def test_a_history_cut_off_anywhere_replays(name: str) -> None:
    """A worker may take a run over after any of its tasks."""
    whole = history(name)
    finished = [
        number
        for number, event in enumerate(whole.events, 1)
        if event.HasField("workflow_task_completed_event_attributes")
    ]

    for number in finished:
        await replayer().replay_workflow(dataclasses.replace(whole, events=whole.events[:number]))


async def test_a_changed_workflow_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the tests above can fail."""
    changed = json.loads((HERE / "histories" / "success.json").read_text())
    document = json.dumps(changed).replace("dispatch_job", "another_activity")

    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(WorkflowHistory.from_json("run/changed", document))


async def test_timeouts_may_change_without_a_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies are ours to tune: replay compares which command comes, not its times."""
    monkeypatch.setattr(policies, "STEP_TIMEOUT", policies.STEP_TIMEOUT * 2)

    await replayer().replay_workflow(history("retry"))


def test_the_commands_are_those_that_the_histories_were_recorded_with() -> None:
    recorded = (HERE / "commands.txt").read_text().splitlines()

    assert commands_of(SOURCES) == recorded, ADVICE


def test_a_moved_command_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "flow.py"
    source.write_text("async def run():\n    await step(A.b, 1)\n    await far_step(A.c, 2)\n")
    swapped = tmp_path / "swapped" / "flow.py"
    swapped.parent.mkdir()
    swapped.write_text("async def run():\n    await far_step(A.c, 2)\n    await step(A.b, 1)\n")

    assert commands_of([source]) == ["flow.run: step(A.b)", "flow.run: far_step(A.c)"]
    assert commands_of([source]) != commands_of([swapped])
