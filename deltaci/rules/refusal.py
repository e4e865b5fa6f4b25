"""A refusal as the Versioner contract tells it (spec §1.7): pure."""

from typing import Any

from deltaci.errors import BlockedError
from deltaci.rules.model import Finding, RulesVerdict
from deltaci.rules.moments import as_text
from deltaci.wire.refusals import Blocked, BlockedTwice


def refusal_of(finding: Finding, verdict: RulesVerdict) -> BlockedError:
    """Return what to raise for a finding that blocks; all findings are in its details."""
    return BlockedError(
        finding.code,
        finding.message,
        http_status=int(finding.http_status),
        retry_after=finding.retry_after,
        **_details(finding, verdict),
    )


def refusal_body(finding: Finding, verdict: RulesVerdict) -> dict[str, Any]:
    """Return the body for a finding that blocks; its status is the finding's.

    Real clients want the five keys under `detail`, readers of the documentation at the top: both
    have them. `retry_after` is a text, or absent.
    """
    told: dict[str, Any] = {
        "message": finding.message,
        "code": finding.code,
        "retry_after": as_text(finding.retry_after),
        "details": _details(finding, verdict),
    }
    body = BlockedTwice(**told, detail=Blocked(**told))
    return body.model_dump(mode="json", exclude_none=True)


def _details(finding: Finding, verdict: RulesVerdict) -> dict[str, Any]:
    return {
        **finding.details,
        "override_roles": list(finding.override_roles),
        "rules_evaluated": [finding_body(each) for each in verdict.findings],
    }


def finding_body(finding: Finding) -> dict[str, Any]:
    """Return one finding with the keys that clients read (spec §1.6), and what else is known."""
    body: dict[str, Any] = {
        "rule_id": finding.rule_id,
        "rule_name": finding.rule_name,
        "rule_type": finding.rule_type.value,
        "status": finding.status.value,
        "evaluation_result": "passed" if finding.passed else "failed",
        "error_message": finding.message or None,
    }
    if not finding.passed:
        body |= {
            "code": finding.code,
            "http_status": int(finding.http_status),
            "retry_after": as_text(finding.retry_after),
            "override_roles": list(finding.override_roles),
            "details": dict(finding.details),
        }
    return body


def preflight_status(verdict: RulesVerdict) -> str:
    """Say `failed` when a rule blocks, else `passed`."""
    return "failed" if verdict.refusal else "passed"
