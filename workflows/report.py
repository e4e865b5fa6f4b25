"""The report of a run: its forge hears how the run goes, from the first state to the outcome.

The rows say what is to be told and what was; this workflow only knows that there is news. So it may
be signalled too often, end and begin again, or be lost, and the forge still shows what is true.
"""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.reporting import ReportActivities
    from deltaci.wire.orchestration import ReportFailure, ReportOrder, ReportStanding, RunRef
    from workflows import policies
    from workflows.steps import step


@workflow.defn(name="Report")
class ReportWorkflow:
    """One run's report, until the forge knows the outcome."""

    @workflow.init
    def __init__(self, order: ReportOrder) -> None:
        self._order = order
        self._ended = order.ended
        self._changed = False

    @workflow.run
    async def run(self, order: ReportOrder) -> ReportStanding:
        """Tell the forge, and again whenever something has changed, until nothing more can."""
        while True:
            await self._gather_news(timedelta(seconds=order.debounce_seconds))
            self._changed = False
            standing = await self._tell()
            self._show(standing)
            if standing.finished and not self._changed:
                return standing
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(order.model_copy(update={"ended": self._ended}))
            await self._until(lambda: self._changed, policies.REPORT_RECHECK)

    @workflow.signal(description="The run or a job of it changed; `ended` when the run has ended.")
    def changed(self, ended: bool) -> None:
        """Tell the forge soon; at once if the run has ended."""
        self._changed = True
        self._ended |= ended

    async def _gather_news(self, patience: timedelta) -> None:
        """Let what follows at once go into the same report; nothing follows the end."""
        if not self._ended:
            await self._until(lambda: self._ended, patience)

    async def _tell(self) -> ReportStanding:
        """Report the run as it stands, through any outage of its forge that is not too long."""
        try:
            return await workflow.execute_activity_method(
                ReportActivities.report_run,
                RunRef(run_id=self._order.run_id),
                task_queue=policies.forge_queue(workflow.info().task_queue),
                start_to_close_timeout=policies.REPORT_TIMEOUT,
                schedule_to_close_timeout=timedelta(seconds=self._order.give_up_seconds),
                heartbeat_timeout=timedelta(seconds=self._order.heartbeat_timeout_seconds),
                retry_policy=policies.REPORT_RETRY,
                summary="tell the forge",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            reason = _reason(error)
        failure = ReportFailure(run_id=self._order.run_id, reason=reason)
        return await step(ReportActivities.give_up_report, failure)

    def _show(self, standing: ReportStanding) -> None:
        """Show operators in Temporal's UI what the forge was told last."""
        lines = [f"told the forge: {standing.run_state}" if standing.run_state else "told nothing"]
        if standing.error:
            lines.append(standing.error)
        workflow.set_current_details("```text\n" + "\n".join(lines) + "\n```")

    async def _until(self, condition: Callable[[], bool], patience: timedelta) -> None:
        """Wait for the condition, or until the time is up."""
        try:
            await workflow.wait_condition(condition, timeout=patience)
        except TimeoutError:
            return


def _reason(error: FailureError) -> str:
    """Return what the last try failed of, rather than that no further one fits into the time."""
    while not isinstance(error, ApplicationError) and isinstance(error.cause, FailureError):
        error = error.cause
    return error.message
