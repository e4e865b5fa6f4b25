"""Every gate, alone and in its place: deploying is told the first refusal, validating all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.contracts.dxcp_errors import cause_of, status_of
from deltaci.deployments.gates import GATES, judge
from deltaci.deployments.question import (
    Approvals,
    Asker,
    Closed,
    Facts,
    Origin,
    Place,
    Question,
    Quota,
    Recipe,
    Traffic,
)
from deltaci.deployments.refusals import RefusedError
from deltaci.rules.model import RulesVerdict
from deltaci.testing.gate_questions import (
    DEPLOY,
    FINE,
    GROUP,
    NOW,
    OWNER,
    PROMOTE,
    ROLL_BACK,
    RULE,
    STAGING,
)
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.governance import ContractRole

Case = tuple[str, int, str, Question, Facts]

CASES: list[Case] = [
    (
        *("ROLE_FORBIDDEN", 403, "POLICY_CHANGE"),
        replace(DEPLOY, asker=Asker("oscar", ContractRole.OBSERVER)),
        replace(FINE, group=replace(GROUP, owners=frozenset({"oscar"}))),
    ),
    (
        *("MUTATIONS_DISABLED", 503, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, changes_switched_off=True),
    ),
    (*("ROLLBACK_OF_ROLLBACK", 400, "UNKNOWN"), replace(ROLL_BACK, of_rollback=True), FINE),
    (
        *("PROMOTION_TARGET_REQUIRED", 400, "USER_ERROR"),
        replace(PROMOTE, source_environment="staging"),
        FINE,
    ),
    (*("SERVICE_NOT_IN_DELIVERY_GROUP", 403, "POLICY_CHANGE"), DEPLOY, replace(FINE, group=None)),
    (
        *("DELIVERY_GROUP_SCOPE_REQUIRED", 403, "UNKNOWN"),
        replace(DEPLOY, asker=replace(OWNER, id="otto", email="otto@x.test")),
        FINE,
    ),
    (*("ENVIRONMENT_REQUIRED", 400, "USER_ERROR"), replace(DEPLOY, environment=""), FINE),
    (
        *("ENVIRONMENT_NOT_ALLOWED", 403, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, target=replace(STAGING, allowed=False)),
    ),
    (
        *("ENVIRONMENT_RETIRED", 403, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, target=replace(STAGING, lifecycle=LifecycleState.RETIRED)),
    ),
    (
        *("ENVIRONMENT_DISABLED", 403, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, target=replace(STAGING, enabled=False)),
    ),
    (
        *("ENVIRONMENT_NOT_ALLOWED", 403, "POLICY_CHANGE"),
        PROMOTE,
        replace(FINE, source=Place("dev", None, allowed=True)),
    ),
    (
        *("PROMOTION_PATH_NOT_ALLOWED", 400, "USER_ERROR"),
        PROMOTE,
        replace(FINE, group=replace(GROUP, order=["staging", "dev"])),
    ),
    (
        *("SERVICE_ENVIRONMENT_NOT_ROUTED", 400, "UNKNOWN"),
        DEPLOY,
        replace(FINE, routed_recipe_id=None, recipe=None),
    ),
    (*("RECIPE_NOT_FOUND", 404, "USER_ERROR"), DEPLOY, replace(FINE, recipe=None)),
    (
        *("RECIPE_DEPRECATED", 403, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, recipe=Recipe("standard", deprecated=True)),
    ),
    (
        *("RECIPE_NOT_ALLOWED", 403, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, group=replace(GROUP, allowed_recipes=frozenset())),
    ),
    (*("RECIPE_ID_MISMATCH", 400, "USER_ERROR"), replace(DEPLOY, recipe_id="canary"), FINE),
    (*("SERVICE_NOT_ALLOWLISTED", 403, "POLICY_CHANGE"), DEPLOY, replace(FINE, is_service=False)),
    (*("NO_PRIOR_SUCCESSFUL_VERSION", 400, "UNKNOWN"), replace(ROLL_BACK, version=""), FINE),
    (*("INVALID_VERSION", 400, "USER_ERROR"), replace(DEPLOY, version="v1"), FINE),
    (*("VERSION_NOT_FOUND", 400, "USER_ERROR"), DEPLOY, replace(FINE, registered=False)),
    (
        *("RECIPE_INCOMPATIBLE", 400, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, compatible_recipes=frozenset({"canary"})),
    ),
    (
        *("PROMOTION_VERSION_INELIGIBLE", 400, "USER_ERROR"),
        PROMOTE,
        replace(FINE, origin=Origin()),
    ),
    (
        *("INSUFFICIENT_SOAK_TIME", 428, "POLICY_CHANGE"),
        PROMOTE,
        replace(FINE, origin=Origin(runs_since=NOW, soak_seconds=60)),
    ),
    (*("ENVIRONMENT_PINNED", 409, "POLICY_CHANGE"), PROMOTE, replace(FINE, pinned_by="d-1")),
    (
        *("NO_DEPLOY_WINDOW", 423, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, closed=Closed("frozen", NOW + timedelta(hours=1))),
    ),
    (
        *("NO_DEPLOY_WINDOW", 423, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, rules=RulesVerdict([RULE])),
    ),
    (
        *("APPROVAL_REQUIRED", 428, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, approvals=Approvals(required=1)),
    ),
    (
        *("QUOTA_EXCEEDED", 429, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, quota=Quota(1, 1, NOW + timedelta(hours=12))),
    ),
    (
        *("CONCURRENCY_LIMIT_REACHED", 409, "POLICY_CHANGE"),
        DEPLOY,
        replace(FINE, traffic=Traffic(holder="d-2")),
    ),
]
"""One fault for each gate, in the order of the gates."""


def codes(question: Question, facts: Facts) -> list[str]:
    return [refusal.code for refusal in judge(question, facts).refusals]


def only(question: Question, facts: Facts) -> RefusedError:
    (refusal,) = judge(question, facts).refusals
    return refusal


@pytest.mark.parametrize("question", [DEPLOY, PROMOTE, ROLL_BACK, replace(DEPLOY, asker=OWNER)])
def test_what_has_no_fault_goes_in(question: Question) -> None:
    assert codes(question, FINE) == []


@pytest.mark.parametrize(
    ("code", "status", "cause", "question", "facts"),
    CASES,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)],
)
def test_a_fault_is_told_by_its_code_and_nothing_else_is(
    code: str, status: int, cause: str, question: Question, facts: Facts
) -> None:
    refusal = only(question, facts)

    assert (refusal.code, status_of(refusal), cause_of(refusal.code)) == (code, status, cause)


def test_every_gate_has_its_case() -> None:
    for gate in GATES:
        alone = [case for case in CASES if judge(case[3], case[4], [gate]).refusals]
        assert alone, f"no case for {gate.__name__}"


def test_all_faults_are_told_at_once_in_the_order_of_the_gates() -> None:
    worst = replace(
        FINE,
        changes_switched_off=True,
        target=replace(STAGING, lifecycle=LifecycleState.RETIRED),
        recipe=Recipe("standard", deprecated=True),
        is_service=False,
        registered=False,
        compatible_recipes=frozenset(),
        closed=Closed("frozen", NOW),
        rules=RulesVerdict([RULE]),
        approvals=Approvals(required=1),
        quota=Quota(1, 1, NOW),
        traffic=Traffic(holder="d-2"),
    )
    asker = Asker("oscar", ContractRole.OBSERVER)

    assert codes(replace(DEPLOY, asker=asker, recipe_id="canary"), worst) == [
        "ROLE_FORBIDDEN",
        "MUTATIONS_DISABLED",
        "DELIVERY_GROUP_SCOPE_REQUIRED",
        "ENVIRONMENT_RETIRED",
        "RECIPE_DEPRECATED",
        "RECIPE_ID_MISMATCH",
        "SERVICE_NOT_ALLOWLISTED",
        "VERSION_NOT_FOUND",
        "RECIPE_INCOMPATIBLE",
        "NO_DEPLOY_WINDOW",
        "NO_DEPLOY_WINDOW",
        "APPROVAL_REQUIRED",
        "QUOTA_EXCEEDED",
        "CONCURRENCY_LIMIT_REACHED",
    ]


def test_the_first_is_raised_with_all_others() -> None:
    facts = replace(FINE, registered=False, quota=Quota(1, 1, NOW))
    verdict = judge(DEPLOY, facts)

    with pytest.raises(RefusedError) as refused:
        verdict.raise_first(verdict.final)

    assert refused.value.code == "VERSION_NOT_FOUND"
    assert [each.code for each in refused.value.violations] == [
        "VERSION_NOT_FOUND",
        "QUOTA_EXCEEDED",
    ]


def test_what_time_or_people_clear_can_be_waited_for() -> None:
    waiting = {
        case[0] for case in CASES for refusal in judge(case[3], case[4]).refusals if refusal.waits
    }

    assert waiting == {"INSUFFICIENT_SOAK_TIME", "NO_DEPLOY_WINDOW", "APPROVAL_REQUIRED"}


def test_a_place_in_the_queue_can_be_waited_for() -> None:
    assert only(DEPLOY, replace(FINE, traffic=Traffic(holder="d-2", queues=True))).waits
    assert not only(DEPLOY, replace(FINE, traffic=Traffic(holder="d-2", queues=False))).waits


def test_nobody_overtakes_in_the_queue() -> None:
    assert only(DEPLOY, replace(FINE, traffic=Traffic(queued_before=1, queues=True))).waits


def test_a_rollback_waits_for_no_window_no_rule_and_no_approval() -> None:
    facts = replace(
        FINE,
        closed=Closed("frozen", None),
        rules=RulesVerdict([RULE]),
        approvals=Approvals(required=3),
    )

    assert codes(ROLL_BACK, facts) == []


def test_a_soak_is_over_at_its_very_end() -> None:
    ran = Origin(runs_since=NOW - timedelta(seconds=60), soak_seconds=60)

    assert codes(PROMOTE, replace(FINE, origin=ran)) == []
    early = replace(FINE, now=NOW - timedelta(microseconds=1), origin=ran)
    assert only(PROMOTE, early).retry_after == NOW


def test_a_version_that_was_replaced_too_early_never_soaks() -> None:
    """Waiting would not help: it does not run there any more."""
    began = NOW - timedelta(days=1)
    ran = Origin(runs_since=began, ran_until=began + timedelta(seconds=59), soak_seconds=60)

    refusal = only(PROMOTE, replace(FINE, origin=ran))

    assert (refusal.code, refusal.waits) == ("PROMOTION_VERSION_INELIGIBLE", False)


def test_only_what_somebody_may_override_is_overridden() -> None:
    facts = replace(FINE, closed=Closed("frozen", None), quota=Quota(1, 1, NOW))
    asked = replace(DEPLOY, overrides=frozenset({"NO_DEPLOY_WINDOW", "QUOTA_EXCEEDED"}))

    verdict = judge(asked, facts)

    assert [each.code for each in verdict.refusals] == ["QUOTA_EXCEEDED"]
    assert [each.code for each in verdict.overridden] == ["NO_DEPLOY_WINDOW"]
