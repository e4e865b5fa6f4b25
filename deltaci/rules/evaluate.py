"""Ask all rules about one attempt: pure, and the same for what is reported and what is asked of us.

Findings stand in one order, and the first that blocks is what a refusal tells: first what somebody
has to do (flow, sign-offs of the version, of requests), then what time does by itself (windows,
deployments under way); requests before rules of their type, rules of one type by name.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deltaci.rules.approvals import (
    judge_request_approval,
    judge_requests,
    judge_version_approval,
)
from deltaci.rules.concurrency import judge_concurrency
from deltaci.rules.facts import Facts
from deltaci.rules.flow import judge_flow
from deltaci.rules.model import Attempt, Finding, Rule, RulesVerdict
from deltaci.rules.schedule import judge_schedule
from deltaci.wire.rules import FlowConfig, RuleStatus, RuleType

Judge = Callable[[Rule, Any, Attempt, Facts], Finding]

JUDGES: Mapping[RuleType, Judge] = {
    RuleType.FLOW: judge_flow,
    RuleType.VERSION_APPROVAL: judge_version_approval,
    RuleType.REQUEST_APPROVAL: judge_request_approval,
    RuleType.SCHEDULE: judge_schedule,
    RuleType.CONCURRENCY: judge_concurrency,
}
"""In the order in which their findings stand."""
ORDER = tuple(JUDGES)


def evaluate(attempt: Attempt, rules: Iterable[Rule], facts: Facts) -> RulesVerdict:
    """Return what every rule that applies, and every open request, says of an attempt."""
    findings = [
        JUDGES[rule.type](rule, rule.config, attempt, facts)
        for rule in rules
        if applies(rule, attempt)
    ]
    findings.extend(judge_requests(attempt, facts))
    return RulesVerdict(tuple(sorted(findings, key=_place)))


def applies(rule: Rule, attempt: Attempt) -> bool:
    """Whether a rule is about an attempt at all; a flow rule names its environment itself."""
    if rule.status is RuleStatus.DISABLED:
        return False
    if rule.products and attempt.product not in rule.products:
        return False
    if isinstance(rule.config, FlowConfig):
        return attempt.environment == rule.config.target
    return not rule.environments or attempt.environment in rule.environments


def _place(finding: Finding) -> tuple[int, bool, str, str]:
    is_rule = finding.rule_id is not None
    return ORDER.index(finding.rule_type), is_rule, finding.rule_name, finding.rule_id or ""
