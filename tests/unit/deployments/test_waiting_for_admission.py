"""A deployment waits for approvals, windows and its turn, and begins only when all allow it."""

import asyncio
from datetime import timedelta

import pytest

from deltaci.deployments.admit import admit
from deltaci.deployments.approve import approve_deployment
from deltaci.deployments.refusals import (
    FrozenError,
    NotOfGroupError,
    RulePreconditionError,
    SelfApprovalError,
)
from deltaci.deployments.validate import validate_deployment
from deltaci.errors import ForbiddenError, InvalidStateError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.states import DeploymentState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Announcement, Decision, DeploymentLock, Effect
from deltaci.testing.deployment_bench import (
    ADMIN,
    OBSERVER,
    OTHER_OWNER,
    OWNER,
    DeploymentBench,
    principal,
)
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.deployment_intents import ApproveDeployment, DeploymentIntent
from deltaci.wire.rules import RuleType

SECOND = principal("sam", Role.SRE)
ANNA = principal("anna", Role.ADMIN)
FLOW = {"target": "prod", "prerequisites": ["staging"]}
PENDING, CANCELED = DeploymentState.PENDING, DeploymentState.CANCELED


def frozen_for(bench: DeploymentBench, hours: int) -> list[dict[str, str]]:
    now = bench.core.clock()
    return [
        {
            "name": "release week",
            "recurrence": "once",
            "starts_at": (now - timedelta(hours=1)).isoformat(),
            "ends_at": (now + timedelta(hours=hours)).isoformat(),
        }
    ]


async def approve(
    bench: DeploymentBench, deployment_id: str, by: Principal, verdict: str = "approved"
) -> None:
    bench.clock.advance(1)
    request = ApproveDeployment(verdict=ApprovalVerdict(verdict))
    await approve_deployment(bench.core, by, deployment_id, request)


async def test_it_begins_once_enough_people_have_approved(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=2, approver_roles=["delivery_owner", "sre"])
    asked = await bench.ask("1.0.0")
    deployment_id = asked.deployment.id
    assert asked.deployment.state is PENDING
    assert asked.deployment.waitsFor
    assert asked.deployment.waitsFor["codes"] == ["APPROVAL_REQUIRED"]

    await approve(bench, deployment_id, OWNER)
    assert await bench.drive(deployment_id) is PENDING
    await approve(bench, deployment_id, SECOND)
    assert await bench.drive(deployment_id) is DeploymentState.SUCCEEDED


async def test_one_person_is_one_approval(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=2)
    deployment_id = (await bench.ask("1.0.0")).deployment.id

    await approve(bench, deployment_id, OWNER)
    await approve(bench, deployment_id, OWNER)

    assert await bench.drive(deployment_id) is PENDING


async def test_nobody_approves_of_their_own(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0", by=OWNER)).deployment.id

    with pytest.raises(SelfApprovalError):
        await approve(bench, deployment_id, OWNER)


async def test_owners_of_other_groups_do_not_approve(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0")).deployment.id

    with pytest.raises(NotOfGroupError):
        await approve(bench, deployment_id, OTHER_OWNER)
    with pytest.raises(ForbiddenError):
        await approve(bench, deployment_id, OBSERVER)


async def test_a_rejection_ends_it(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0")).deployment.id

    await approve(bench, deployment_id, OWNER, "rejected")

    assert await bench.state(deployment_id) is CANCELED
    assert (await bench.ours(deployment_id)).row.state_reason == "rejected by olga"
    with pytest.raises(InvalidStateError):
        await approve(bench, deployment_id, ANNA)


async def test_an_approval_wakes_the_workflow(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0")).deployment.id
    workflow_id = (await bench.ours(deployment_id)).intent.workflow_id

    await approve(bench, deployment_id, OWNER)

    effects = await bench.rows.all(Effect, Effect.kind == EffectKind.SIGNAL_DEPLOYMENT)
    assert [effect.payload["workflow_id"] for effect in effects] == [workflow_id]


async def test_validating_does_not_ask_for_approvals_that_cannot_be_given_yet(
    bench: DeploymentBench,
) -> None:
    await bench.guard(required_approvals=1)
    intent = DeploymentIntent(service="shop", environment="dev", version="1.0.0", changeSummary="")

    assert (await validate_deployment(bench.core, ADMIN, intent)).versionRegistered


async def test_an_approval_bypasses_no_rule(bench: DeploymentBench) -> None:
    """Elsewhere an approved deployment went in although its version had not passed staging."""
    records = DeploymentRecords(bench.core)
    await records.rule(RuleType.FLOW, FLOW)
    await bench.deployed("1.0.0", "staging")
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0", "prod")).deployment.id
    staged = (await bench.ask("1.0.0", "staging")).deployment.id
    await approve(bench, staged, OWNER)
    bench.engine.endings[staged] = bench.engine.state.FAILED
    await bench.drive(staged)
    await approve(bench, deployment_id, OWNER)

    assert await bench.drive(deployment_id) is DeploymentState.FAILED
    (failure,) = (await bench.ours(deployment_id)).intent.failures
    assert (failure["category"], failure["detail"]) == ("POLICY", "FLOW_VIOLATION")


async def test_a_freeze_is_waited_for_to_its_very_end(bench: DeploymentBench) -> None:
    windows = frozen_for(bench, hours=2)
    await bench.guard(freeze_windows=windows)
    asked = await bench.ask("1.0.0")

    admission = await admit(bench.core, asked.deployment.id)

    assert admission.retry_at is not None
    assert admission.retry_at.isoformat() == windows[0]["ends_at"]
    bench.clock.now = admission.retry_at - timedelta(microseconds=1)
    assert not (await admit(bench.core, asked.deployment.id)).begins
    bench.clock.now = admission.retry_at
    assert (await admit(bench.core, asked.deployment.id)).begins


async def test_whoever_does_not_want_to_wait_is_refused(bench: DeploymentBench) -> None:
    await bench.guard(freeze_windows=frozen_for(bench, hours=2))

    with pytest.raises(FrozenError) as frozen:
        await bench.ask("1.0.0", wait=False)

    assert frozen.value.retry_after is not None
    assert frozen.value.retry_after > bench.core.clock()
    assert await bench.rows.all(DeploymentLock) == []


async def test_a_freeze_is_overridden_with_a_reason_by_who_may(bench: DeploymentBench) -> None:
    await bench.guard(freeze_windows=frozen_for(bench, hours=2))

    asked = await bench.ask("1.0.0", overrideReason="the shop is on fire")

    assert asked.deployment.state is DeploymentState.IN_PROGRESS
    (decision,) = await bench.rows.all(Decision, Decision.kind == "override")
    assert decision.inputs["overrides"]["reason"] == "the shop is on fire"
    assert await bench.drive(asked.deployment.id) is DeploymentState.SUCCEEDED


async def test_those_who_queue_have_their_turns_in_order(bench: DeploymentBench) -> None:
    await bench.guard(on_lock="queue")
    first, second, third = [(await bench.ask("1.0.0")).deployment.id for _ in range(3)]

    assert await bench.states([first, second, third]) == [
        DeploymentState.IN_PROGRESS,
        PENDING,
        PENDING,
    ]
    assert await bench.drive(first) is DeploymentState.SUCCEEDED
    assert await bench.drive(third) is PENDING
    assert await bench.drive(second) is DeploymentState.SUCCEEDED
    assert await bench.drive(third) is DeploymentState.SUCCEEDED


async def test_the_end_of_one_wakes_those_who_wait(bench: DeploymentBench) -> None:
    await bench.guard(on_lock="queue")
    first, second = [(await bench.ask("1.0.0")).deployment.id for _ in range(2)]
    await bench.drive(first)

    effects = await bench.rows.all(Effect, Effect.kind == EffectKind.SIGNAL_DEPLOYMENT)
    workflow_id = (await bench.ours(second)).intent.workflow_id
    assert [effect.payload for effect in effects] == [
        {"workflow_id": workflow_id, "signal": "changed"}
    ]


async def test_of_many_admitted_at_once_one_begins(bench: DeploymentBench) -> None:
    await bench.guard(on_lock="queue", max_concurrent_deployments=100)
    ids = [(await bench.ask("1.0.0")).deployment.id for _ in range(6)]
    await bench.end(ids[0], DeploymentState.FAILED)

    admissions = await asyncio.gather(*(admit(bench.core, each) for each in ids[1:]))

    assert sum(admission.begins for admission in admissions) == 1
    (lock,) = await bench.rows.all(DeploymentLock)
    assert lock.deployment_id == ids[1]


async def test_what_may_not_begin_any_more_fails_for_the_policy(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    deployment_id = (await bench.ask("1.0.0")).deployment.id
    await approve(bench, deployment_id, OWNER)
    await bench.retire("dev")

    assert await bench.drive(deployment_id) is DeploymentState.FAILED
    (failure,) = (await bench.ours(deployment_id)).intent.failures
    assert (failure["category"], failure["detail"]) == ("POLICY", "ENVIRONMENT_RETIRED")
    assert bench.engine.orders == []


async def test_rules_refuse_with_their_own_codes(bench: DeploymentBench) -> None:
    records = DeploymentRecords(bench.core)
    await records.rule(RuleType.FLOW, FLOW)

    with pytest.raises(RulePreconditionError) as refused:
        await bench.ask("1.0.0", "prod")

    assert refused.value.code == "FLOW_VIOLATION"
    news = await bench.rows.all(
        Announcement, Announcement.event_type == "deployment.preflight_failed"
    )
    assert len(news) == 1


async def test_admitting_again_changes_nothing(bench: DeploymentBench) -> None:
    deployment_id = (await bench.ask("1.0.0")).deployment.id

    assert (await admit(bench.core, deployment_id)).begins
    assert (await admit(bench.core, deployment_id)).begins
    assert await bench.drive(deployment_id) is DeploymentState.SUCCEEDED
    assert (await admit(bench.core, deployment_id)).ended
