"""Activities about single jobs."""

from temporalio import activity

from deltaci.core import Core
from deltaci.jobs.explain import explain_attempt
from deltaci.jobs.offer import offer_attempt
from deltaci.jobs.settle import settle_attempt
from deltaci.wire.orchestration import AttemptRef, JobOutcome, Settlement


class JobActivities:
    """Offers jobs to runners and decides what follows a failure."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @activity.defn
    async def dispatch_job(self, attempt: AttemptRef) -> JobOutcome:
        """Offer the attempt; whoever ends it completes this activity by its token."""
        token = activity.info().task_token
        outcome = await offer_attempt(self._core, attempt.attempt_id, token)
        if outcome is None:
            activity.raise_complete_async()
        return outcome

    @activity.defn
    async def settle_attempt(self, attempt: AttemptRef) -> Settlement:
        """Decide whether a failed attempt is followed by another."""
        return await settle_attempt(self._core, attempt.attempt_id)

    @activity.defn
    async def explain_attempt(self, attempt: AttemptRef) -> None:
        """Explain a failed attempt, for people."""
        await explain_attempt(self._core, attempt.attempt_id)
