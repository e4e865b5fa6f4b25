"""A refusal as the Versioner contract tells it (spec §1.7): pure."""

from typing import Any

from deltaci.rules.model import Finding, RulesVerdict
from deltaci.rules.moments import as_text

DEPLOYMENT_BLOCKED = "deployment_blocked"


def refusal_body(finding: Finding, verdict: RulesVerdict) -> dict[str, Any]:
    """Return the body for a finding that blocks; its status is the finding's.

    Real clients want the five keys under `detail`, readers of the documentation at the top: both
    have them. All findings are in the details. `retry_after` is a text, or absent.
    """
    told: dict[str, Any] = {
        "error": DEPLOYMENT_BLOCKED,
        "message": finding.message,
        "code": finding.code,
        "details": {
            **finding.details,
            "override_roles": list(finding.override_roles),
            "rules_evaluated": [finding_body(each) for each in verdict.findings],
        },
    }
    if finding.retry_after is not None:
        told["retry_after"] = as_text(finding.retry_after)
    return {"detail": told, **told}


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
