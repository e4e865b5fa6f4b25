"""Rules by which a version goes through other environments first (Versioner spec §3.2).

The latest deployment of that very version to a prerequisite that has ended must have completed: one
that failed, was aborted or was rolled back later takes the qualification away. The soak counts from
that completion.
"""

from datetime import timedelta
from http import HTTPStatus
from itertools import pairwise

from deltaci.rules.approvers import RULE_EDITORS
from deltaci.rules.facts import Facts
from deltaci.rules.model import Attempt, Finding, Rule
from deltaci.rules.moments import as_text
from deltaci.states import DeploymentState
from deltaci.wire.rules import FlowConfig

FLOW_VIOLATION, INSUFFICIENT_SOAK_TIME = "FLOW_VIOLATION", "INSUFFICIENT_SOAK_TIME"


def judge_flow(rule: Rule, config: FlowConfig, attempt: Attempt, facts: Facts) -> Finding:
    """Refuse a version that has not come through the prerequisites, or not long enough ago."""
    missing = [name for name in config.prerequisites if not _completed(name, facts)]
    if missing:
        message = f"{attempt.version} has not completed in {', '.join(missing)}"
        return _violation(rule, config, message, missing)
    times = [facts.ended[name].at for name in config.prerequisites]
    if config.strict_order and any(later < earlier for earlier, later in pairwise(times)):
        order = ", ".join(config.prerequisites)
        return _violation(rule, config, f"{attempt.version} must complete in order: {order}", [])
    ready_at = max(times) + timedelta(minutes=config.soak_minutes)
    if attempt.at < ready_at:
        return rule.failed(
            INSUFFICIENT_SOAK_TIME,
            HTTPStatus.PRECONDITION_REQUIRED,
            f"{attempt.version} must have run for {config.soak_minutes} minutes "
            f"in {', '.join(config.prerequisites)}; that is so at {as_text(ready_at)}",
            retry_after=ready_at,
            override_roles=tuple(RULE_EDITORS),
            details={
                "prerequisites": list(config.prerequisites),
                "required_soak_minutes": config.soak_minutes,
                "completed_at": as_text(max(times)),
            },
        )
    return rule.passed()


def _completed(environment: str, facts: Facts) -> bool:
    ended = facts.ended.get(environment)
    return ended is not None and ended.state is DeploymentState.SUCCEEDED


def _violation(rule: Rule, config: FlowConfig, message: str, missing: list[str]) -> Finding:
    return rule.failed(
        FLOW_VIOLATION,
        HTTPStatus.PRECONDITION_REQUIRED,
        message,
        override_roles=tuple(RULE_EDITORS),
        details={
            "prerequisites": list(config.prerequisites),
            "strict_order": config.strict_order,
            "missing_environments": missing,
        },
    )
