"""Rules that bound how many deployments are under way at once (Versioner spec §3.1)."""

from http import HTTPStatus

from deltaci.rules.approvers import RULE_EDITORS
from deltaci.rules.facts import Facts, UnderWay
from deltaci.rules.model import Attempt, Finding, Rule
from deltaci.rules.moments import as_text
from deltaci.wire.rules import ConcurrencyConfig, CountedPer

DEPLOYMENT_IN_PROGRESS = "DEPLOYMENT_IN_PROGRESS"


def judge_concurrency(
    rule: Rule, config: ConcurrencyConfig, attempt: Attempt, facts: Facts
) -> Finding:
    """Refuse an attempt beyond the limit; never because of its own CI run's deployment."""
    conflicts = [each for each in facts.under_way if _counts(rule, config, attempt, each)]
    if len(conflicts) < config.limit:
        return rule.passed()
    first = conflicts[0]
    return rule.failed(
        DEPLOYMENT_IN_PROGRESS,
        HTTPStatus.CONFLICT,
        f"{first.product} is being deployed to {first.environment}; wait until that has ended",
        override_roles=tuple(RULE_EDITORS),
        details={
            "conflicting_deployment_id": first.deployment_id,
            "conflicting_deployment_status": "in_progress",
            "conflicting_deployment_started": as_text(first.started_at),
            "limit": config.limit,
        },
    )


def _counts(rule: Rule, config: ConcurrencyConfig, attempt: Attempt, other: UnderWay) -> bool:
    if other.deployment_id == attempt.id or other.environment != attempt.environment:
        return False
    if attempt.invoke_id and other.invoke_id == attempt.invoke_id:
        return False
    if config.per is CountedPer.PRODUCT_ENVIRONMENT:
        return other.product == attempt.product
    return not rule.products or other.product in rule.products
