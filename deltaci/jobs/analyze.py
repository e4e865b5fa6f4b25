"""Explain a job's failures on request, without storing anything."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.failures.explain import explain
from deltaci.jobs.evidence import gather_evidence
from deltaci.states import JobState
from deltaci.store.jobs import attempts_of, find_job
from deltaci.wire.plans import AdvisoryExplanation, AnalyzeFailure, FailureAnalysis
from deltaci.wire.runs import SignalsView

FAILURES = frozenset({JobState.FAILED, JobState.TIMED_OUT, JobState.STALE})


async def analyze_failure(core: Core, request: AnalyzeFailure) -> FailureAnalysis:
    """Explain each failed attempt of the job, newest first. Raises NotFoundError."""
    async with core.database.read() as tx:
        job = await find_job(tx, request.run_id, request.job_id)
        if job is None:
            raise NotFoundError("no such job in this run")
        failed = [
            attempt.id
            for attempt in await attempts_of(tx, request.run_id)
            if attempt.job_id == job.id and attempt.state in FAILURES
        ]
    return FailureAnalysis(
        failure_explanations=[await _explained(core, attempt_id) for attempt_id in reversed(failed)]
    )


async def _explained(core: Core, attempt_id: str) -> AdvisoryExplanation:
    explanation = explain(await gather_evidence(core, attempt_id))
    return AdvisoryExplanation(
        job_attempt_id=attempt_id,
        category=explanation.category,
        summary=explanation.summary,
        confidence=explanation.confidence,
        rule_version=explanation.rule_version,
        signals=SignalsView.model_validate(dict(explanation.signals)),
        details=explanation.details,
    )
