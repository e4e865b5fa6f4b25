"""An attempt at noon, and facts and rules about it, with few words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deltaci.rules.evaluate import evaluate
from deltaci.rules.facts import Facts, RequestFacts, SignOff, SlotFacts, UnderWay
from deltaci.rules.model import Attempt, Finding, Rule
from deltaci.states import RequestState
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict
from deltaci.wire.rules import RuleStatus, RuleType, parse_config

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
ATTEMPT = Attempt("d1", "shop", "1.2.3", "production", "ada", NOON, invoke_id="run-7")
HOUR = timedelta(hours=1)
QA, SECURITY = ApprovalType.QA, ApprovalType.SECURITY


def rule(kind: RuleType, config: Mapping[str, Any], **more: Any) -> Rule:
    """Return a rule, enabled unless said otherwise."""
    told = {"id": f"id-{kind}", "name": kind.value, "status": RuleStatus.ENABLED} | more
    return Rule(type=kind, config=parse_config(kind, config), **told)


def judged(one: Rule, facts: Facts | None = None, attempt: Attempt = ATTEMPT) -> Finding:
    """Return what one rule says."""
    (finding,) = evaluate(attempt, [one], facts or Facts()).findings
    return finding


def busy(invoke_id: str = "", product: str = "shop", place: str = "production") -> UnderWay:
    """Return a deployment under way for an hour."""
    return UnderWay("d0", product, place, invoke_id, NOON - HOUR)


def signed(
    kind: ApprovalType = QA,
    actor: str = "quinn",
    verdict: str = "approved",
    environment: str = "",
    ago: timedelta = HOUR,
) -> SignOff:
    """Return a sign-off of an hour ago."""
    return SignOff(kind, ApprovalVerdict(verdict), actor, NOON - ago, environment)


def request(
    *slots: SlotFacts,
    state: RequestState = RequestState.IN_PROGRESS,
    version: str = "1.2.3",
    steps: tuple[str, ...] = (),
    environment: str = "production",
) -> RequestFacts:
    """Return a request for Friday that was activated an hour ago."""
    return RequestFacts(
        id="r1",
        name="friday",
        state=state,
        version=version,
        environments=frozenset({environment}),
        created_by="ada",
        activated_at=NOON - HOUR,
        slots=slots,
        undone_pre_steps=steps,
    )


def slot(*given: SignOff, required: bool = True) -> SlotFacts:
    """Return a slot for QA."""
    return SlotFacts(QA, required, given)
