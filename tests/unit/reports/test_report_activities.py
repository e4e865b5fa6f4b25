"""The activities say to Temporal when to try again, and show that they are alive."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.reporting import ReportActivities
from deltaci.testing.factories import Factory
from deltaci.testing.memory_forge import Fault, forge_of
from deltaci.wire.forges import Provider
from deltaci.wire.orchestration import ReportFailure, RunRef


@pytest.mark.parametrize("seconds", [90.0, None])
async def test_the_forge_says_when_to_come_again(
    reporter: Any, factory: Factory, seconds: float | None
) -> None:
    run = RunRef(run_id=await reporter.run())
    activities = ReportActivities(factory.core, {Provider.GITEA: forge_of(reporter.forge)})
    reporter.forge.faults.append(Fault.AWAY)
    reporter.forge.retry_after_seconds = seconds
    environment = ActivityEnvironment()
    beats: list[Any] = []
    environment.on_heartbeat = lambda *details: beats.append(details)
    with pytest.raises(ApplicationError) as again:
        await environment.run(activities.report_run, run)

    expected = None if seconds is None else timedelta(seconds=seconds)
    assert (again.value.next_retry_delay, again.value.non_retryable) == (expected, False)
    assert again.value.message == "the forge is away"
    assert len(beats) == 1


async def test_a_report_is_put_aside(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run()
    activities = ReportActivities(factory.core, {})
    failure = ReportFailure(run_id=run_id, reason="away")

    assert not (await ActivityEnvironment().run(activities.give_up_report, failure)).finished
    assert (await reporter.report(run_id)).last_error == "given up: away"
