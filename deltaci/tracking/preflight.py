"""What the rules say of a deployment that a tool reports (spec §3.1)."""

from typing import Any

from deltaci.errors import BlockedError
from deltaci.rules.check import check_rules, note_violations
from deltaci.rules.model import Attempt, RulesVerdict
from deltaci.rules.refusal import finding_body, preflight_status, refusal_of
from deltaci.states import TrackingStatus
from deltaci.store import audit
from deltaci.tracking.surroundings import Surroundings
from deltaci.wire.tracked_events import DeploymentEvent


async def preflight(
    around: Surroundings, event: DeploymentEvent, attempt_id: str, caller: str, *, begins: bool
) -> dict[str, Any] | BlockedError | None:
    """Return what is kept of the rules' findings, a refusal, or None where they were not asked.

    What starts may be refused. What is told only when it has ended cannot be: the violation is
    recorded.
    """
    starts = event.canonical is TrackingStatus.STARTED
    if not starts and not (begins and event.canonical is not TrackingStatus.PENDING):
        return None
    if event.skip_preflight_checks and around.core.settings.tracking.skip_preflight_allowed:
        _audit_skip(around, event, attempt_id, caller)
        return {"status": "skipped", "rules_evaluated": []}
    if event.product_name not in around.gated:
        return _kept(RulesVerdict()) if starts else None
    await around.write()  # what this batch began before counts, too
    attempt = Attempt(
        id=attempt_id,
        product=event.product_name,
        version=event.version,
        environment=event.environment_name,
        actor=caller,
        at=around.now,
        invoke_id=event.invoke_id or "",
    )
    verdict = await check_rules(around.tx, around.core, attempt)
    refusal = verdict.refusal if starts else None
    note_violations(around.tx, attempt, verdict, blocked=refusal is not None)
    return refusal_of(refusal, verdict) if refusal is not None else _kept(verdict)


def _kept(verdict: RulesVerdict) -> dict[str, Any]:
    return {
        "status": preflight_status(verdict),
        "rules_evaluated": [finding_body(finding) for finding in verdict.findings],
    }


def _audit_skip(around: Surroundings, event: DeploymentEvent, attempt_id: str, caller: str) -> None:
    audit.record(
        around.tx,
        actor=caller,
        action=audit.Action.PREFLIGHT_SKIPPED,
        subject_kind="deployment",
        subject_id=attempt_id,
        at=around.now,
        product=event.product_name,
        version=event.version,
        environment=event.environment_name,
    )
