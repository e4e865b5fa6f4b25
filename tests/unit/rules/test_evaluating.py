"""What each type of rule says of an attempt, in which order, and what a refusal looks like."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.rules.evaluate import evaluate
from deltaci.rules.facts import (
    Ended,
    Facts,
    UnderWay,
)
from deltaci.rules.model import Attempt, Rule
from deltaci.rules.refusal import refusal_body
from deltaci.states import DeploymentState
from deltaci.testing.attempts import (
    ATTEMPT,
    HOUR,
    NOON,
    busy,
    judged,
    request,
    rule,
    slot,
)
from deltaci.wire.rules import RuleStatus, RuleType


def flow(**more: Any) -> Rule:
    return rule(
        RuleType.FLOW, {"prerequisites": ["test", "staging"], "target": "production"} | more
    )


def completed(environment: str, ago: timedelta, state: str = "SUCCEEDED") -> dict[str, Ended]:
    return {environment: Ended("d0", DeploymentState(state), NOON - ago)}


BOTH = completed("test", 3 * HOUR) | completed("staging", HOUR)


def test_a_version_that_came_through_the_prerequisites_passes() -> None:
    assert judged(flow(), Facts(ended=BOTH)).passed


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "ROLLED_BACK"])
def test_a_later_end_that_is_no_completion_takes_the_qualification_away(state: str) -> None:
    finding = judged(flow(), Facts(ended=BOTH | completed("staging", HOUR, state)))

    assert (finding.code, finding.http_status) == ("FLOW_VIOLATION", 428)
    assert finding.details["missing_environments"] == ["staging"]
    assert finding.retry_after is None


def test_strict_order_wants_the_completions_in_the_order_of_the_list() -> None:
    reversed_ = Facts(ended=completed("test", HOUR) | completed("staging", 3 * HOUR))

    assert judged(flow(), reversed_).passed
    assert judged(flow(strict_order=True), reversed_).code == "FLOW_VIOLATION"
    assert judged(flow(strict_order=True), Facts(ended=BOTH)).passed


@settings(deadline=None)
@given(st.integers(0, 600), st.integers(0, 600))
def test_a_soak_is_over_exactly_when_the_refusal_says_so(soak: int, ago: int) -> None:
    facts = Facts(ended=BOTH | completed("staging", timedelta(minutes=ago)))
    one = flow(soak_minutes=soak)
    finding = judged(one, facts)
    last = min(ago, 180)
    if finding.passed:
        assert last >= soak
        return

    assert finding.code == "INSUFFICIENT_SOAK_TIME"
    assert finding.retry_after == NOON + timedelta(minutes=soak - last)
    then = finding.retry_after
    assert judged(one, facts, at(then)).passed
    assert not judged(one, facts, at(then - timedelta(microseconds=1))).passed


def at(moment: datetime) -> Attempt:
    return Attempt("d1", "shop", "1.2.3", "production", "ada", moment)


@pytest.mark.parametrize(
    ("config", "others", "passes"),
    [
        ({}, [], True),
        ({}, [busy()], False),
        ({}, [busy("run-7")], True),
        ({}, [busy("run-8")], False),
        ({}, [busy(product="till")], True),
        ({}, [busy(place="staging")], True),
        ({"limit": 2}, [busy()], True),
        ({"limit": 2}, [busy(), busy()], False),
        ({"per": "environment"}, [busy(product="till")], False),
    ],
)
def test_others_under_way_count_up_to_the_limit_and_ones_own_run_never(
    config: dict[str, Any], others: list[UnderWay], passes: bool
) -> None:
    finding = judged(rule(RuleType.CONCURRENCY, config), Facts(under_way=others))

    assert finding.passed is passes
    if not passes:
        assert (finding.code, finding.http_status) == ("DEPLOYMENT_IN_PROGRESS", 409)
        assert finding.details["conflicting_deployment_id"] == "d0"
        assert finding.details["conflicting_deployment_started"] == "2026-01-12T11:00:00+00:00"


def test_an_attempt_without_a_run_is_not_the_run_of_others_without_one() -> None:
    nameless = Attempt("d1", "shop", "1.2.3", "production", "ada", NOON)

    found = judged(rule(RuleType.CONCURRENCY, {}), Facts(under_way=[busy()]), nameless)

    assert not found.passed


ALWAYS = {"windows": [{"recurrence": "daily", "start_time": "00:00", "end_time": "00:00"}]}
ALL = [
    rule(RuleType.CONCURRENCY, {}),
    rule(RuleType.SCHEDULE, ALWAYS),
    rule(RuleType.REQUEST_APPROVAL, {"required_types": ["qa"]}),
    rule(RuleType.VERSION_APPROVAL, {"required_types": ["qa"]}),
    flow(),
]


@settings(deadline=None)
@given(st.permutations(ALL))
def test_every_rule_is_asked_and_findings_stand_in_one_order(rules: list[Rule]) -> None:
    facts = Facts(under_way=[busy()], requests=[request(slot())])

    verdict = evaluate(ATTEMPT, rules, facts)

    assert [finding.code for finding in verdict.findings] == [
        "FLOW_VIOLATION",
        "QUALITY_APPROVAL_REQUIRED",
        "APPROVAL_REQUIRED",
        "APPROVAL_REQUIRED",
        "NO_DEPLOY_WINDOW",
        "DEPLOYMENT_IN_PROGRESS",
    ]
    assert [finding.rule_id is None for finding in verdict.findings].index(True) == 2


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        ({"products": frozenset({"shop"})}, True),
        ({"products": frozenset({"till"})}, False),
        ({"environments": frozenset({"production", "staging"})}, True),
        ({"environments": frozenset({"staging"})}, False),
        ({"status": RuleStatus.DISABLED}, False),
        ({"status": RuleStatus.REPORT_ONLY}, True),
    ],
)
def test_a_rule_is_asked_about_its_scope_unless_it_is_disabled(
    scope: dict[str, Any], asked: bool
) -> None:
    verdict = evaluate(ATTEMPT, [rule(RuleType.SCHEDULE, ALWAYS, **scope)], Facts())

    assert bool(verdict.findings) is asked
    assert bool(verdict.refusal) is (asked and "status" not in scope)


def test_a_flow_rule_is_about_its_target_alone() -> None:
    elsewhere = Attempt("d1", "shop", "1.2.3", "staging", "ada", NOON)

    assert not evaluate(elsewhere, [flow()], Facts()).findings


def test_a_refusal_has_its_five_keys_nested_and_at_the_top_and_all_findings() -> None:
    office = {
        "windows": [
            {
                "name": "freeze",
                "reason": "holidays",
                "recurrence": "daily",
                "start_time": "10:00",
                "end_time": "14:00",
                "timezone": "Europe/Berlin",
            }
        ]
    }
    verdict = evaluate(
        ATTEMPT, [rule(RuleType.SCHEDULE, office), rule(RuleType.CONCURRENCY, {})], Facts()
    )
    refusal = verdict.refusal
    assert refusal is not None

    body = refusal_body(refusal, verdict)

    nested = body.pop("detail")
    assert nested == body
    assert set(body) == {"error", "message", "code", "retry_after", "details"}
    assert (body["error"], body["code"]) == ("deployment_blocked", "NO_DEPLOY_WINDOW")
    assert body["retry_after"] == "2026-01-12T13:00:00+00:00"
    evaluated = body["details"].pop("rules_evaluated")
    assert body["details"] == {
        "rule_name": "schedule",
        "window_name": "freeze",
        "window_start": "2026-01-12T09:00:00+00:00",
        "window_end": "2026-01-12T13:00:00+00:00",
        "reason": "holidays",
        "override_roles": ["admin", "release_manager", "delivery_owner", "sre"],
    }
    assert [each["evaluation_result"] for each in evaluated] == ["failed", "passed"]


def test_a_refusal_that_no_time_lifts_names_no_time() -> None:
    verdict = evaluate(ATTEMPT, [flow()], Facts())
    assert verdict.refusal is not None

    body = refusal_body(verdict.refusal, verdict)

    assert "retry_after" not in body
    assert "retry_after" not in body["detail"]
