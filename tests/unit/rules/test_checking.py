"""Asking the rules within a transaction: what they find in the rows, how often, and at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from deltaci.core import Core
from deltaci.ids import new_uid
from deltaci.rules.check import check_rules, note_violations
from deltaci.rules.model import Attempt, RulesVerdict
from deltaci.states import DeploymentState
from deltaci.store.tables import Announcement, Approval, Deployment, RuleViolation
from deltaci.testing.deployment_records import PRODUCTION, DeploymentRecords
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.deployments import Origin
from deltaci.wire.rules import RuleStatus, RuleType

FLOW = {"prerequisites": ["staging"], "target": PRODUCTION, "soak_minutes": 60}
NIGHT = {"windows": [{"recurrence": "daily", "start_time": "00:00", "end_time": "13:00"}]}


def codes(verdict: RulesVerdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


async def test_without_rules_and_requests_it_is_one_statement(
    core: Core, records: DeploymentRecords
) -> None:
    await records.version()
    statements: list[str] = []
    engine = core.database.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        async with core.database.write() as tx:
            verdict = await check_rules(tx, core, records.attempt())
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert not verdict.findings
    assert len([each for each in statements if each.startswith("SELECT")]) == 1


async def test_the_latest_end_of_that_very_version_counts_and_its_soak(
    records: DeploymentRecords, clock: SettableClock
) -> None:
    await records.rule(RuleType.FLOW, FLOW)
    assert codes(await records.verdict()) == ["FLOW_VIOLATION"]

    await records.deployment(environment="staging", version="1.2.2")
    assert codes(await records.verdict()) == ["FLOW_VIOLATION"]

    await records.deployment(environment="staging")
    verdict = await records.verdict()
    assert codes(verdict) == ["INSUFFICIENT_SOAK_TIME"]
    assert verdict.findings[0].retry_after == clock() + timedelta(hours=1)

    clock.advance(3600)
    await records.deployment(DeploymentState.IN_PROGRESS, environment="staging")
    assert codes(await records.verdict()) == [""]

    await records.deployment(DeploymentState.FAILED, environment="staging")
    assert codes(await records.verdict()) == ["FLOW_VIOLATION"]


async def test_a_version_that_nobody_knows_is_judged_all_the_same(
    records: DeploymentRecords,
) -> None:
    await records.rule(RuleType.VERSION_APPROVAL, {"required_types": ["qa"]})

    assert codes(await records.verdict()) == ["QUALITY_APPROVAL_REQUIRED"]


async def test_a_sign_off_of_the_version_lets_it_pass(
    core: Core, records: DeploymentRecords
) -> None:
    await records.rule(RuleType.VERSION_APPROVAL, {"required_types": ["qa"]})
    approval = Approval(
        id=new_uid(),
        subject_kind="version",
        subject_id=await records.version(),
        approval_type="qa",
        approver_role="qa",
        verdict="approved",
        environment="",
        comments="",
        actor="quinn",
        actor_email="",
        at=core.clock(),
    )
    async with core.database.write() as tx:
        tx.add(approval)

    assert codes(await records.verdict()) == [""]


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (DeploymentState.PENDING, True),
        (DeploymentState.IN_PROGRESS, False),
        (DeploymentState.ACTIVE, False),
        (DeploymentState.SUCCEEDED, True),
    ],
)
async def test_only_what_is_under_way_is_in_the_way(
    records: DeploymentRecords, state: DeploymentState, allowed: bool
) -> None:
    await records.rule(RuleType.CONCURRENCY, {})
    await records.deployment(state)

    assert (await records.verdict()).refusal is None or not allowed
    assert (await records.verdict()).findings[0].passed is allowed


async def test_the_last_place_under_a_limit_is_given_once(
    core: Core, records: DeploymentRecords
) -> None:
    await records.rule(RuleType.CONCURRENCY, {"limit": 2})
    await records.deployment(DeploymentState.SUCCEEDED)
    version_id = await records.version()

    async def begin() -> bool:
        attempt = records.attempt()
        async with core.database.write() as tx:
            if (await check_rules(tx, core, attempt)).refusal:
                return False
            tx.add(_started(attempt, version_id))
            return True

    allowed = await asyncio.gather(*(begin() for _ in range(6)))

    assert allowed.count(True) == 2


def _started(attempt: Attempt, version_id: str) -> Deployment:
    return Deployment(
        id=attempt.id,
        origin=Origin.REPORTED,
        product=attempt.product,
        version=attempt.version,
        version_id=version_id,
        environment=attempt.environment,
        state=DeploymentState.IN_PROGRESS,
        state_reason="",
        extra_metadata={},
        created_by=attempt.actor,
        created_at=attempt.at,
        updated_at=attempt.at,
    )


async def test_what_did_not_hold_is_logged_and_a_refusal_announced_once(
    core: Core, records: DeploymentRecords, rows: RowReader
) -> None:
    blocking = await records.rule(RuleType.SCHEDULE, NIGHT, name="night")
    noted = await records.rule(RuleType.FLOW, FLOW, status=RuleStatus.REPORT_ONLY)
    await records.rule(RuleType.CONCURRENCY, {}, status=RuleStatus.ENABLED)
    attempt = records.attempt()

    async with core.database.write() as tx:
        verdict = await check_rules(tx, core, attempt)
        note_violations(tx, attempt, verdict, blocked=True)

    logged = {row.rule_id: row for row in await rows.all(RuleViolation)}
    assert {rule: row.blocked for rule, row in logged.items()} == {blocking: True, noted: False}
    assert logged[blocking].code == "NO_DEPLOY_WINDOW"
    assert logged[blocking].attempt_id == attempt.id
    news = await rows.one(Announcement)
    assert (news.event_type, news.subject_id) == ("deployment.preflight_failed", attempt.id)
    assert news.payload["preflight_status"] == "failed"


async def test_what_was_let_pass_all_the_same_is_logged_as_such(
    core: Core, records: DeploymentRecords, rows: RowReader
) -> None:
    await records.rule(RuleType.SCHEDULE, NIGHT)
    attempt = records.attempt()

    async with core.database.write() as tx:
        verdict = await check_rules(tx, core, attempt)
        note_violations(tx, attempt, verdict, blocked=False)

    assert not (await rows.one(RuleViolation)).blocked
    assert not await rows.all(Announcement)
