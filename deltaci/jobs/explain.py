"""Explain a failed attempt, for people. Advisory: nothing in the system acts on it."""

from datetime import datetime

from deltaci.core import Core
from deltaci.failures.explain import Explanation, explain
from deltaci.jobs.evidence import gather_evidence
from deltaci.store.explanations import save_explanation
from deltaci.store.tables import FailureExplanation


async def explain_attempt(core: Core, attempt_id: str) -> Explanation:
    """Analyse an ended attempt and store its explanation, replacing an earlier one."""
    explanation = explain(await gather_evidence(core, attempt_id))
    async with core.database.write() as tx:
        await save_explanation(tx, _row(attempt_id, explanation, core.clock()))
    return explanation


def _row(attempt_id: str, explanation: Explanation, now: datetime) -> FailureExplanation:
    return FailureExplanation(
        attempt_id=attempt_id,
        category=explanation.category,
        summary=explanation.summary,
        confidence=explanation.confidence,
        rule_version=explanation.rule_version,
        signals=dict(explanation.signals),
        details=explanation.details,
        created_at=now,
    )
