"""Ask the rules about an attempt to deploy, within the transaction that records the attempt.

Whoever records what was allowed does so in the same transaction: what counts deployments under way
has other attempts wait until then, so that two at once cannot both be the last one allowed.
"""

from deltaci.core import Core
from deltaci.ids import new_uid
from deltaci.rules.evaluate import evaluate
from deltaci.rules.gather import facts_for, rules_for
from deltaci.rules.model import Attempt, RulesVerdict
from deltaci.store.announcements import News, announce
from deltaci.store.database import Transaction
from deltaci.store.rules import anything_gates
from deltaci.store.tables import RuleViolation

PREFLIGHT_FAILED = "deployment.preflight_failed"


async def check_rules(
    tx: Transaction, _core: Core, attempt: Attempt, *, dry_run: bool = False
) -> RulesVerdict:
    """Return what all rules and open requests say; one cheap statement when there are none.

    A dry run holds nothing: nothing may be decided by it. Nothing is recorded either way.
    """
    if not await anything_gates(tx, attempt.product):
        return RulesVerdict()
    rules = await rules_for(tx, attempt)
    facts = await facts_for(tx, attempt, rules, hold=not dry_run)
    return evaluate(attempt, rules, facts)


def note_violations(
    tx: Transaction, attempt: Attempt, verdict: RulesVerdict, *, blocked: bool
) -> None:
    """Log each finding that did not hold; `blocked` when the attempt was refused for them.

    A refused attempt is announced. Call it in a transaction that is committed although the attempt
    is refused.
    """
    for finding in verdict.findings:
        if finding.passed:
            continue
        tx.add(
            RuleViolation(
                attempt_id=attempt.id or new_uid(),
                rule_id=finding.rule_id,
                rule_name=finding.rule_name[:200],
                rule_type=finding.rule_type,
                code=finding.code,
                blocked=blocked and finding.blocks,
                product=attempt.product,
                version=attempt.version,
                environment=attempt.environment,
                message=finding.message,
                details=dict(finding.details),
                actor=attempt.actor,
                at=attempt.at,
            )
        )
    refusal = verdict.refusal
    if blocked and refusal is not None:
        announce(tx, _news(attempt, verdict), attempt.at)


def _news(attempt: Attempt, verdict: RulesVerdict) -> News:
    refusal = verdict.refusal
    return News(
        event_type=PREFLIGHT_FAILED,
        subject_kind="deployment",
        subject_id=attempt.id,
        product=attempt.product,
        version=attempt.version,
        environment=attempt.environment,
        status="failed",
        payload={
            "deployer": attempt.actor,
            "preflight_status": "failed",
            "code": refusal.code if refusal else "",
            "message": refusal.message if refusal else "",
        },
    )
