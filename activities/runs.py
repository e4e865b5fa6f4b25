"""Activities about whole runs."""

from temporalio import activity

from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.runs.slots import claim_slot
from deltaci.runs.stop_jobs import stop_jobs
from deltaci.states import RunState
from deltaci.wire.orchestration import RunEnding, RunRef, StopJobs

TEMPORAL_OPERATOR = "temporal-operator"
"""Who cancels through Temporal's UI or CLI; Temporal does not tell us more."""


class RunActivities:
    """Steers and settles runs."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @activity.defn
    async def claim_slot(self, run: RunRef) -> bool:
        """Take a concurrency slot, or a place in the line."""
        return await claim_slot(self._core, run.run_id)

    @activity.defn
    async def stop_jobs(self, order: StopJobs) -> None:
        """Cancel unfinished jobs."""
        await stop_jobs(self._core, order)

    @activity.defn
    async def request_cancel(self, run: RunRef) -> None:
        """Cancel the run as its API would; too late is fine."""
        try:
            await cancel_run(self._core, TEMPORAL_OPERATOR, run.run_id)
        except InvalidStateError:
            activity.logger.info("the run had ended before it could be cancelled")

    @activity.defn
    async def settle_run(self, ending: RunEnding) -> RunState:
        """End the run with the outcome that its rows justify."""
        return await settle_run(self._core, ending)
