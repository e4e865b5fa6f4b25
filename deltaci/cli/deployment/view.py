"""Deployments as people read them."""

from deltaci.cli.exits import ExitCode
from deltaci.cli.text import one_line
from deltaci.client.dxcp_deployments import Deployment
from deltaci.client.errors import ApiRefusedError

OPEN = frozenset({"PENDING", "IN_PROGRESS", "ACTIVE"})
_EXITS = {"SUCCEEDED": ExitCode.OK, "CANCELED": ExitCode.CANCELED}


def is_over(deployment: Deployment) -> bool:
    """Whether it has ended."""
    return deployment["state"] not in OPEN


def outcome_exit(deployment: Deployment) -> ExitCode:
    """The exit code for how it has ended."""
    return _EXITS.get(deployment["state"], ExitCode.FAILED)


def what_goes_where(deployment: Deployment) -> str:
    """A deployment as people speak of it."""
    return f"{deployment['service']} {deployment['version']} -> {deployment['environment']}"


def line_of(deployment: Deployment) -> str:
    """One deployment in one line."""
    words = (
        deployment["id"],
        deployment["outcome"] or deployment["state"],
        what_goes_where(deployment),
        deployment["deploymentKind"],
        _why(deployment),
    )
    return one_line("  ".join(word for word in words if word))


def violations_of(refusal: ApiRefusedError) -> list[str]:
    """Everything that stands against a deployment, one sentence each."""
    told = refusal.details.get("violations") or []
    return [_violation(each) for each in told if isinstance(each, dict)]


def _why(deployment: Deployment) -> str:
    if waits := deployment["waitsFor"]:
        return f"waits for {', '.join(waits.get('codes', []))}"
    if deployment["failures"]:
        return deployment["failures"][0]["summary"]
    return deployment["stateReason"]


def _violation(each: dict[str, object]) -> str:
    passes = f"; passes at {each['retry_after']}" if each.get("retry_after") else ""
    roles = each.get("override_roles")
    who = (
        f"; {', '.join(map(str, roles))} may override" if isinstance(roles, list) and roles else ""
    )
    return f"{each.get('code')}: {each.get('message')}{passes}{who}"
