"""Activities that tell forges how runs go."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from deltaci.core import Core
from deltaci.reports.give_up import give_up_report
from deltaci.reports.report import report_run
from deltaci.vcs.port import Forges, ForgeUnavailableError
from deltaci.wire.orchestration import ReportFailure, ReportStanding, RunRef


class ReportActivities:
    """Reports runs to their forges."""

    def __init__(self, core: Core, forges: Forges) -> None:
        self._core = core
        self._forges = forges

    @activity.defn
    async def report_run(self, run: RunRef) -> ReportStanding:
        """Show the run as it stands; a forge that asks for patience is tried again after that."""
        try:
            return await report_run(self._core, self._forges, run.run_id, activity.heartbeat)
        except ForgeUnavailableError as error:
            wait = error.retry_after_seconds
            delay = None if wait is None else timedelta(seconds=wait)
            raise ApplicationError(
                error.message, type="ForgeUnavailable", next_retry_delay=delay
            ) from error

    @activity.defn
    async def give_up_report(self, failure: ReportFailure) -> ReportStanding:
        """Put a report aside as failed."""
        return await give_up_report(self._core, failure)
