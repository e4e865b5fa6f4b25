"""What to do about a refusal by a rule (spec §2.7), for people who read the CI's log."""

from collections.abc import Iterator

from deltaci.tracker.kinds import BUILD, Kind
from deltaci.tracker.outcomes import Outcome

CONFLICT, LOCKED, PRECONDITION = 409, 423, 428
HEADINGS = {
    CONFLICT: "Deployment Conflict",
    LOCKED: "Deployment Blocked by Schedule",
    PRECONDITION: "Deployment Precondition Failed",
}
APPROVALS = frozenset({"APPROVAL_REQUIRED", "QUALITY_APPROVAL_REQUIRED"})


def rule_of(outcome: Outcome) -> str:
    """The name of the rule, or nothing."""
    details = outcome.document.get("details")
    name = details.get("rule_name") if isinstance(details, dict) else None
    return name if isinstance(name, str) else ""


def heading(kind: Kind, outcome: Outcome) -> str:
    """What happened, in a few words of ours."""
    if kind is BUILD:
        return "Build Refused"
    return HEADINGS.get(outcome.status or 0, "Deployment Blocked")


def annotation_title(kind: Kind, outcome: Outcome) -> str:
    """The title that the contract has for GitHub's annotation (spec §2.9)."""
    rule, code = rule_of(outcome), outcome.detail("code")
    if kind is not BUILD and outcome.status == LOCKED and rule:
        return f"Deployment Blocked: {rule}"
    if kind is not BUILD and outcome.status == PRECONDITION and code:
        return f"{code}: {rule}" if rule else code
    return heading(kind, outcome)


def message(outcome: Outcome) -> str:
    """The server's sentence, or the HTTP code when it said none."""
    return outcome.detail("message") or outcome.reason


def facts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Name and value of what the server says beside its sentence."""
    for name, value in (
        ("Code", outcome.detail("code")),
        ("Rule", rule_of(outcome)),
        ("Retry after", outcome.detail("retry_after")),
    ):
        if value:
            yield name, value


def next_step(kind: Kind, outcome: Outcome) -> str:
    """What people can do now."""
    if kind is BUILD and outcome.status == CONFLICT:
        return "A version belongs to one commit: track this build under another version."
    if outcome.status == CONFLICT:
        return "Wait until the other deployment has finished, then try again."
    if outcome.status == LOCKED:
        return (
            "Wait until the schedule allows deployments. In an emergency, an admin can set the "
            "rule to report only."
        )
    return _precondition(outcome.detail("code"))


def _precondition(code: str) -> str:
    if code == "FLOW_VIOLATION":
        return "Deploy this version to the earlier environments first."
    if code == "INSUFFICIENT_SOAK_TIME":
        return "Wait until the version has run long enough in the earlier environment."
    if code in APPROVALS:
        return "Get the approvals that are missing, then try again."
    return "Fulfil what the rule asks for, then try again."
