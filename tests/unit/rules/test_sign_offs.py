"""Sign-offs that rules ask for, and requests that gate without any rule."""

from datetime import timedelta
from typing import Any

import pytest

from deltaci.rules.evaluate import evaluate
from deltaci.rules.facts import Facts, RequestFacts, SignOff
from deltaci.states import RequestState
from deltaci.testing.attempts import (
    ATTEMPT,
    HOUR,
    SECURITY,
    judged,
    request,
    rule,
    signed,
    slot,
)
from deltaci.wire.rules import RuleType


@pytest.mark.parametrize(
    ("config", "given", "missing"),
    [
        ({}, [], ["qa"]),
        ({}, [signed()], []),
        ({}, [signed(SECURITY)], ["qa"]),
        ({}, [signed(), signed(actor="rob", verdict="rejected")], ["qa"]),
        ({"required_types": ["qa", "security"]}, [signed()], ["security"]),
        ({"environment": "staging"}, [signed(environment="staging")], []),
        ({"environment": "staging"}, [signed(environment="test")], ["qa"]),
        ({"environment": "staging"}, [signed()], []),
        ({}, [signed(environment="test")], []),
        ({"forbid_self_approval": True}, [signed(actor="ada")], ["qa"]),
        ({"forbid_self_approval": True}, [signed(actor="builder")], ["qa"]),
        ({"forbid_self_approval": True}, [signed(actor="ada"), signed()], []),
        ({}, [signed(actor="ada")], []),
    ],
)
def test_a_version_needs_its_sign_offs(
    config: dict[str, Any], given: list[SignOff], missing: list[str]
) -> None:
    one = rule(RuleType.VERSION_APPROVAL, {"required_types": ["qa"]} | config)

    finding = judged(one, Facts(sign_offs=given, version_author="builder"))

    assert finding.details.get("missing_approvals", []) == missing
    if missing:
        assert (finding.code, finding.http_status) == ("QUALITY_APPROVAL_REQUIRED", 428)
        assert "admin" in finding.override_roles
        assert "developer" not in finding.override_roles


@pytest.mark.parametrize(
    ("config", "requests", "passes"),
    [
        ({}, [], False),
        ({}, [request(slot(signed()))], True),
        ({}, [request(slot(signed()), state=RequestState.APPROVED)], True),
        ({}, [request(slot(signed()), version="1.2.2")], False),
        ({"timeout_hours": 1}, [request(slot(signed(ago=HOUR)))], False),
        ({"timeout_hours": 1}, [request(slot(signed(ago=HOUR - timedelta(seconds=1))))], True),
        ({"forbid_self_approval": True}, [request(slot(signed(actor="ada")))], False),
    ],
)
def test_a_rule_about_requests_wants_an_active_one_that_names_the_version(
    config: dict[str, Any], requests: list[RequestFacts], passes: bool
) -> None:
    one = rule(RuleType.REQUEST_APPROVAL, {"required_types": ["qa"]} | config)

    findings = evaluate(ATTEMPT, [one], Facts(requests=requests)).findings

    (finding,) = (each for each in findings if each.rule_id)
    assert finding.passed is passes
    assert passes or finding.code == "APPROVAL_REQUIRED"


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        ([request()], None),
        ([request(slot())], "APPROVAL_REQUIRED"),
        ([request(slot(required=False))], None),
        ([request(slot(signed()))], None),
        ([request(slot(signed()), steps=("back up",))], "PRE_STEPS_REQUIRED"),
        ([request(slot(), environment="staging")], None),
        ([request(slot(), version="1.2.2")], "APPROVAL_REQUIRED"),
        ([request(state=RequestState.REJECTED)], "APPROVAL_REQUIRED"),
        ([request(state=RequestState.REJECTED, version="1.2.2")], None),
        ([request(), request(state=RequestState.REJECTED)], None),
    ],
)
def test_an_open_request_gates_what_it_covers_without_any_rule(
    requests: list[RequestFacts], code: str | None
) -> None:
    refusal = evaluate(ATTEMPT, [], Facts(requests=requests)).refusal

    assert (refusal and refusal.code) == code
