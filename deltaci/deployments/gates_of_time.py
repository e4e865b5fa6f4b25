"""Gates about when: windows, rules, approvals, quotas, and who else is at it.

A rollback restores what was good: windows, rules and approvals do not hold it up.
"""

from deltaci.deployments import refusals
from deltaci.deployments.question import Facts, Question
from deltaci.deployments.refusals import RefusedError
from deltaci.identity.roles import Role
from deltaci.rules.model import Finding, RuleType
from deltaci.wire.deployments import DeploymentKind

LOCKED, PRECONDITION = 423, 428


def freeze(question: Question, facts: Facts) -> RefusedError | None:
    """The group's freeze windows leave this moment open."""
    if _restores(question) or facts.closed is None:
        return None
    return refusals.FrozenError(
        facts.closed.message,
        retry_after=facts.closed.until,
        override_roles=(Role.ADMIN, Role.DELIVERY_OWNER),
        window_name=facts.closed.window_name,
    )


def rules(question: Question, facts: Facts) -> list[RefusedError]:
    """Every rule that is enabled allows it."""
    if _restores(question):
        return []
    return [_of_rule(finding) for finding in facts.rules.findings if finding.blocks]


def approval(question: Question, facts: Facts) -> RefusedError | None:
    """Enough people have approved of it, none of them who asked for it, and nobody rejected it."""
    needed = facts.approvals
    if _restores(question) or needed.required < 1:
        return None
    if needed.rejected_by is not None:
        return refusals.RejectedError(rejected_by=needed.rejected_by)
    if needed.given >= needed.required:
        return None
    return refusals.UnapprovedError(
        f"{needed.given} of {needed.required} approvals are given",
        required_approvals=needed.required,
        current_approvals=needed.given,
        approver_roles=list(needed.roles),
    )


def quota(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - every gate takes both
    """The group has some of the day's quota left for this environment."""
    if facts.quota is None or facts.quota.used < facts.quota.limit:
        return None
    wait = (facts.quota.ends_at - facts.now).total_seconds()
    return refusals.QuotaUsedUpError(
        f"{facts.quota.limit} a day are allowed; the next day begins at 00:00 UTC",
        retry_after=facts.quota.ends_at,
        retry_after_seconds=int(-(-wait // 1)),
        quota=facts.quota.limit,
    )


def turn(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - as above
    """Nobody else is at this service there, and the group has not too much under way there."""
    traffic = facts.traffic
    crowded = traffic.active >= traffic.most
    waiting = traffic.queues and traffic.queued_before > 0
    if traffic.holder is None and not crowded and not waiting:
        return None
    kind = refusals.BusyQueuedError if traffic.queues else refusals.BusyError
    return kind(
        current_concurrent_deployments=traffic.active,
        max_concurrent_deployments=traffic.most,
        conflicting_deployment_id=traffic.holder,
        queued_before=traffic.queued_before,
    )


def _of_rule(finding: Finding) -> RefusedError:
    """Keep the rule's own code; windows, soaking and missing approvals can be waited for."""
    kind: type[RefusedError] = refusals.RuleConflictError
    if finding.http_status == LOCKED:
        kind = refusals.RuleLockedError
    elif finding.http_status == PRECONDITION:
        kind = refusals.RulePreconditionError
    refusal = kind(
        finding.message,
        retry_after=finding.retry_after,
        override_roles=finding.override_roles,
        rule_id=finding.rule_id,
        rule_name=finding.rule_name,
        **{name: value for name, value in finding.details.items() if name != "rule_name"},
    )
    refusal.code = finding.code
    refusal.waits = finding.retry_after is not None or finding.rule_type in _CLEARED_BY_PEOPLE
    return refusal


_CLEARED_BY_PEOPLE = frozenset(
    {RuleType.VERSION_APPROVAL, RuleType.REQUEST_APPROVAL, RuleType.CONCURRENCY}
)
"""Somebody approves, or what is under way ends."""


def _restores(question: Question) -> bool:
    return question.kind is DeploymentKind.ROLLBACK
