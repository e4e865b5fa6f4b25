"""Rules and what tools report: what starts may be refused, what has ended is only noted."""

import asyncio
import dataclasses
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.errors import BlockedError
from deltaci.ids import new_uid
from deltaci.store.tables import (
    Announcement,
    AuditEvent,
    Deployment,
    DeploymentRule,
    RuleViolation,
    TrackedEvent,
)
from deltaci.testing.row_reader import RowReader
from deltaci.testing.teller import Teller
from deltaci.tracking_settings import TrackingSettings

STARTED: dict[str, Any] = {"status": "started", "completed_at": None}


async def one_at_a_time(core: Core, status: str = "enabled") -> None:
    now = core.clock()
    async with core.database.write() as tx:
        tx.add(
            DeploymentRule(
                id=new_uid(),
                name="one at a time",
                type="concurrency",
                status=status,
                description="",
                products=[],
                environments=[],
                config={"limit": 1},
                revision=1,
                created_by="root",
                created_at=now,
                updated_by="root",
                updated_at=now,
            )
        )


async def test_a_start_that_a_rule_forbids_is_no_deployment(
    core: Core, teller: Teller, rows: RowReader
) -> None:
    await one_at_a_time(core)
    await teller.deployment(invoke_id="a", **STARTED)
    with pytest.raises(BlockedError) as refused:
        await teller.deployment(invoke_id="b", **STARTED)
    event = await rows.one(TrackedEvent, TrackedEvent.outcome == "refused")
    violation = await rows.one(RuleViolation)

    assert (refused.value.http_status, refused.value.code) == (409, "DEPLOYMENT_IN_PROGRESS")
    assert len(await rows.all(Deployment)) == 1
    assert (event.subject_id, event.payload["refusal"]) == (None, "DEPLOYMENT_IN_PROGRESS")
    assert (violation.attempt_id, violation.blocked) == (event.id, True)
    told = [each.event_type for each in await rows.all(Announcement)]
    assert told == ["deployment.started", "deployment.preflight_failed"]


async def test_of_many_starts_at_once_as_many_are_allowed_as_the_rule_says(
    core: Core, rows: RowReader
) -> None:
    await one_at_a_time(core)
    tellers = [Teller(core) for _ in range(3)]
    answers = await asyncio.gather(
        *(tellers[n % 3].deployment(invoke_id=f"run-{n}", **STARTED) for n in range(9)),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert len(await rows.all(Deployment)) == 1


async def test_telling_again_what_has_started_is_never_refused(core: Core, teller: Teller) -> None:
    await one_at_a_time(core)
    first = await teller.deployment(**STARTED)

    assert (await teller.deployment(**STARTED))["id"] == first["id"]


async def test_what_is_told_only_when_it_has_ended_is_noted_and_accepted(
    core: Core, teller: Teller, rows: RowReader
) -> None:
    await one_at_a_time(core)
    await teller.deployment(invoke_id="a", **STARTED)
    record = await teller.deployment(invoke_id="b")
    violation = await rows.one(RuleViolation)

    assert record["status"] == "completed"
    assert (violation.attempt_id, violation.blocked) == (record["id"], False)


async def test_what_a_rule_only_reports_is_in_the_answer_and_not_in_the_metadata(
    core: Core, teller: Teller, rows: RowReader
) -> None:
    await one_at_a_time(core, "report_only")
    mine = {"preflight_status": "mine"}
    await teller.deployment(invoke_id="a", **STARTED)
    record = await teller.deployment(invoke_id="b", **STARTED, extra_metadata=mine)
    row = await rows.one(Deployment, Deployment.id == record["id"])
    (found,) = record["extra_metadata"]["preflight_status"]["rules_evaluated"]

    assert (found["rule_name"], found["status"]) == ("one at a time", "report_only")
    assert found["evaluation_result"] == "failed"
    assert found["error_message"]
    assert row.extra_metadata == mine


@pytest.mark.parametrize("allowed", [True, False])
async def test_checks_are_skipped_only_if_a_setting_says_so(
    core: Core, rows: RowReader, allowed: bool
) -> None:
    tracking = TrackingSettings(skip_preflight_allowed=allowed)
    settings = core.settings.model_copy(update={"tracking": tracking})
    teller = Teller(dataclasses.replace(core, settings=settings))
    await one_at_a_time(core)
    await teller.deployment(invoke_id="a", **STARTED)
    asked = {"invoke_id": "b", "skip_preflight_checks": True, **STARTED}
    if not allowed:
        with pytest.raises(BlockedError):
            await teller.deployment(**asked)
        return
    record = await teller.deployment(**asked)
    row = await rows.one(Deployment, Deployment.id == record["id"])
    audited = await rows.one(AuditEvent)

    assert (row.preflight or {})["status"] == "skipped"
    assert (audited.action, audited.subject_id) == ("preflight.skipped", record["id"])
