"""Activities that tell forges how runs go."""

from temporalio import activity

from activities.forge_failures import told_by_forge
from deltaci.core import Core
from deltaci.reports.give_up import give_up_report
from deltaci.reports.report import report_run
from deltaci.vcs.port import Forges
from deltaci.wire.orchestration import ReportFailure, ReportStanding, RunRef


class ReportActivities:
    """Reports runs to their forges."""

    def __init__(self, core: Core, forges: Forges) -> None:
        self._core = core
        self._forges = forges

    @activity.defn
    async def report_run(self, run: RunRef) -> ReportStanding:
        """Show the run as it stands; a forge that asks for patience is tried again after that."""
        with told_by_forge():
            return await report_run(self._core, self._forges, run.run_id, activity.heartbeat)

    @activity.defn
    async def give_up_report(self, failure: ReportFailure) -> ReportStanding:
        """Put a report aside as failed."""
        return await give_up_report(self._core, failure)
