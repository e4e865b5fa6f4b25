"""The life of a run: plan, offer jobs as their needs succeed, settle.

The database holds every fact; this workflow holds only what happens next. Each step is idempotent
and reads the rows as they are, so a worker that dies, a reset in Temporal's UI, or a workflow that
is started anew all go on from where the rows stand.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.jobs import JobActivities
    from activities.planning import PlanningActivities
    from activities.runs import RunActivities
    from deltaci.states import RUN, JobState, RunState, is_terminal
    from deltaci.wire.orchestration import (
        AttemptRef,
        JobOutcome,
        JobTicket,
        PlannedRun,
        RunEnding,
        RunOrder,
        RunOutcome,
        RunRef,
        Settlement,
        StopJobs,
    )
    from deltaci.wire.runner import CancelReason
    from workflows import policies
    from workflows.board import JobBoard
    from workflows.search import outcome_attribute
    from workflows.steps import far_step, step


@workflow.defn(name="Run")
class RunWorkflow:
    """One run, from its commit to its outcome."""

    @workflow.init
    def __init__(self, order: RunOrder) -> None:
        self._order = order
        self._board = JobBoard(())
        self._slot_granted = False
        self._cancel_requested = False
        self._stopping = False
        self._showing = False
        self._explanations: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, order: RunOrder) -> RunOutcome:
        """Carry the run to its end, whatever that is.

        The life is a task of its own, so that Temporal's Cancel interrupts only this wait and then
        takes the same way as a cancel through the API.
        """
        life = asyncio.create_task(self._live(), name="life")
        try:
            await workflow.wait([life])
        except asyncio.CancelledError:
            await step(RunActivities.request_cancel, RunRef(run_id=order.run_id))
            self._cancel_requested = True
        return await life

    # What the outside world tells us. Every signal is idempotent.

    @workflow.signal(description="The run's cancel was requested; its jobs are being stopped.")
    def cancel(self) -> None:
        """Stop waiting for jobs; the rows say already that the run is to be cancelled."""
        self._cancel_requested = True

    @workflow.signal(description="The run may begin: a concurrency slot is free.")
    def slot_granted(self) -> None:
        """Go on."""
        self._slot_granted = True

    # The steps, in order.

    async def _live(self) -> RunOutcome:
        planned = await self._plan()
        ending = self._ending(RunState.SUCCEEDED)
        if not is_terminal(RUN, planned.state):
            ending = await self._follow(planned)
        await workflow.wait_condition(lambda: all(task.done() for task in self._explanations))
        return await self._settle(ending)

    async def _plan(self) -> PlannedRun:
        run = RunRef(run_id=self._order.run_id)
        try:
            return await self._plan_near_or_far(run)
        except ActivityError as error:
            reason = str(error.cause or error)
            ending = RunEnding(run_id=run.run_id, wanted=RunState.FAILED, reason=reason)
            return await step(PlanningActivities.fail_planning, ending)

    async def _plan_near_or_far(self, run: RunRef) -> PlannedRun:
        if self._order.local_repository:
            try:
                return await workflow.execute_local_activity_method(
                    PlanningActivities.plan_run,
                    run,
                    start_to_close_timeout=policies.PLAN_NEAR_TIMEOUT,
                    retry_policy=policies.STEP_NEAR_RETRY,
                    summary="plan",
                )
            except FailureError:  # a local activity's own failure comes bare
                workflow.logger.info("planning takes long; it goes on as an activity")
        return await workflow.execute_activity_method(
            PlanningActivities.plan_run,
            run,
            start_to_close_timeout=timedelta(seconds=self._order.timers.plan_timeout_seconds),
            retry_policy=policies.PLAN_RETRY,
            summary="fetch and plan",
        )

    async def _follow(self, planned: PlannedRun) -> RunEnding:
        """Run the planned jobs until the outcome is decided, and stop what is left."""
        if planned.max_concurrency is not None and not await self._get_slot():
            return self._ending(RunState.TIMEOUT, "waited too long for a concurrency slot")
        self._board = JobBoard(planned.jobs)
        self._cancel_requested |= planned.state is RunState.CANCEL_REQUESTED
        self._show()
        jobs = [asyncio.create_task(self._see_through(job)) for job in self._board.unfinished()]
        limit = self._runtime_limit(planned)
        in_time = await self._until(lambda: self._is_decided() or _has_crashed(jobs), limit)
        if not in_time:
            seconds = limit.total_seconds()
            return await self._stop(RunState.TIMEOUT, f"the run took longer than {seconds:.0f} s")
        _raise_crash(jobs)
        if broken := self._board.broken():
            return await self._stop(RunState.FAILED, f"required job {broken} did not succeed")
        if not self._board.is_finished():
            await self._wind_down()
        return self._ending(RunState.SUCCEEDED)

    async def _get_slot(self) -> bool:
        """Wait for a place under the repository's `max_concurrency`; False after the limit."""
        run = RunRef(run_id=self._order.run_id)
        patience = timedelta(seconds=self._order.timers.run_queue_timeout_seconds)
        give_up_at = workflow.now() + patience
        recheck = policies.SLOT_RECHECK
        self._slot_granted = False
        while not await step(RunActivities.claim_slot, run):
            workflow.set_current_details("waiting for a concurrency slot")
            left = give_up_at - workflow.now()
            if left <= timedelta(0):
                return False
            await self._until(self._may_go_on, min(recheck, left))
            if self._cancel_requested:
                return True
            self._slot_granted = False
            recheck = min(recheck * 2, policies.SLOT_RECHECK_MAX)
        return True

    def _may_go_on(self) -> bool:
        return self._slot_granted or self._cancel_requested

    async def _stop(self, outcome: RunState, reason: str) -> RunEnding:
        """Stop every unfinished job, wait for the runners within the deadline, and say why."""
        why = CancelReason.TIMEOUT if outcome is RunState.TIMEOUT else CancelReason.JOB_CANCELED
        if not self._board.is_finished():
            await step(
                RunActivities.stop_jobs,
                StopJobs(run_id=self._order.run_id, reason=why, explanation=reason),
            )
            await self._wind_down()
        return self._ending(outcome, reason)

    async def _wind_down(self) -> None:
        self._stopping = True
        deadline = timedelta(seconds=self._order.timers.cancel_deadline_seconds)
        await self._until(self._board.is_finished, deadline + policies.WIND_DOWN_SLACK)

    async def _settle(self, ending: RunEnding) -> RunOutcome:
        state = await step(RunActivities.settle_run, ending)
        workflow.upsert_search_attributes([outcome_attribute(state)])
        self._show()
        return RunOutcome(run_id=self._order.run_id, state=state)

    # One job.

    async def _see_through(self, job: JobTicket) -> None:
        """Carry one job to its end: wait for what it needs, offer it, retry it, explain it."""
        await workflow.wait_condition(lambda: self._stopping or self._board.needs_ended(job.name))
        if self._stopping:
            return self._note(job, JobState.CANCELED)
        if obstacle := self._board.obstacle(job.name):
            return await self._give_up(job, obstacle)
        attempt_id, number = job.attempt_id, job.attempt_number
        failed: list[str] = []
        while True:
            self._note(job, JobState.QUEUED)
            outcome = await self._dispatch(job, attempt_id, number)
            if outcome is None:
                return await self._give_up(job, "it could not be offered to runners")
            if outcome.state in {JobState.SUCCEEDED, JobState.CANCELED}:
                self._explain_again(failed, outcome.state)
                return self._note(job, outcome.state)
            failed.append(attempt_id)
            self._explain(attempt_id)
            settlement: Settlement = await step(
                JobActivities.settle_attempt, AttemptRef(attempt_id=attempt_id)
            )
            if settlement.state is not JobState.QUEUED:
                return self._note(job, settlement.state)
            await self._until(lambda: self._stopping, timedelta(seconds=settlement.backoff_seconds))
            attempt_id, number = settlement.attempt_id, settlement.attempt_number

    async def _dispatch(self, job: JobTicket, attempt_id: str, number: int) -> JobOutcome | None:
        """Offer the attempt to runners and wait for its outcome, through any number of leases."""
        timers = self._order.timers
        patience = timedelta(seconds=timers.run_max_runtime_seconds) + policies.DISPATCH_SLACK
        try:
            return await workflow.execute_activity_method(
                JobActivities.dispatch_job,
                AttemptRef(attempt_id=attempt_id),
                activity_id=f"job/{job.name}/{number}",
                start_to_close_timeout=patience,
                schedule_to_close_timeout=patience,
                heartbeat_timeout=timedelta(seconds=timers.dispatch_heartbeat_timeout_seconds),
                retry_policy=policies.DISPATCH_RETRY,
                summary=f"{job.name}{f' ({job.labels})' if job.labels else ''}",
            )
        except ActivityError:
            return None

    async def _give_up(self, job: JobTicket, reason: str) -> None:
        order = StopJobs(
            run_id=self._order.run_id,
            reason=CancelReason.JOB_CANCELED,
            explanation=reason,
            names=(job.name,),
        )
        await step(RunActivities.stop_jobs, order)
        self._note(job, JobState.CANCELED)

    def _explain(self, attempt_id: str) -> None:
        """Have the failure explained beside everything else; nothing depends on it."""
        ref = AttemptRef(attempt_id=attempt_id)
        self._explanations.append(asyncio.create_task(far_step(JobActivities.explain_attempt, ref)))

    def _explain_again(self, failed: list[str], state: JobState) -> None:
        """A retry that passes says something new about the failures before it: they were flakes."""
        if state is JobState.SUCCEEDED:
            for attempt_id in failed:
                self._explain(attempt_id)

    # Small words.

    def _is_decided(self) -> bool:
        board = self._board
        return self._cancel_requested or board.is_finished() or board.broken() is not None

    def _runtime_limit(self, planned: PlannedRun) -> timedelta:
        ours = self._order.timers.run_max_runtime_seconds
        return timedelta(seconds=min(ours, planned.max_runtime_seconds or ours))

    def _ending(self, wanted: RunState, reason: str = "") -> RunEnding:
        return RunEnding(run_id=self._order.run_id, wanted=wanted, reason=reason)

    def _note(self, job: JobTicket, state: JobState) -> None:
        self._board.set(job.name, state)
        self._show()

    def _show(self) -> None:
        """Show the jobs in Temporal's UI, once for all that changes in this activation."""
        if not self._showing:
            self._showing = True
            asyncio.get_running_loop().call_soon(self._render)

    def _render(self) -> None:
        self._showing = False
        workflow.set_current_details(self._board.picture())

    async def _until(self, condition: Callable[[], bool], patience: timedelta) -> bool:
        """Wait for the condition; False when the time is up first."""
        try:
            await workflow.wait_condition(condition, timeout=patience)
        except TimeoutError:
            return False
        return True


def _has_crashed(tasks: list[asyncio.Task[None]]) -> bool:
    return any(task.done() and task.exception() for task in tasks)


def _raise_crash(tasks: list[asyncio.Task[None]]) -> None:
    """Let a fault of our own fail the workflow task, which is tried again after a fix."""
    for task in tasks:
        if task.done():
            task.result()
