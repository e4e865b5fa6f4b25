"""Activities that plan runs."""

from temporalio import activity

from deltaci.core import Core
from deltaci.runs.plan import fail_planning, plan_run
from deltaci.runs.ports import CommitSource
from deltaci.wire.orchestration import PlannedRun, RunEnding, RunRef


class PlanningActivities:
    """Reads commits and decides jobs."""

    def __init__(self, core: Core, commits: CommitSource) -> None:
        self._core = core
        self._commits = commits

    @activity.defn
    async def plan_run(self, run: RunRef) -> PlannedRun:
        """Plan the run and store its jobs."""
        return await plan_run(self._core, self._commits, run.run_id)

    @activity.defn
    async def fail_planning(self, ending: RunEnding) -> PlannedRun:
        """End a run that cannot be planned."""
        await fail_planning(self._core, ending.run_id, ending.reason)
        return await plan_run(self._core, self._commits, ending.run_id)
