"""A stand-in for the run workflow that takes one small step at a time, when told to.

It follows the same order of use cases as `workflows.run`, knows only what it was told, and may be
stopped, forgotten or started again between any two steps: what a test needs to try every order of
things without Temporal.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from deltaci.core import Core
from deltaci.effects.ports import Standing, Vouched
from deltaci.jobs.offer import offer_attempt
from deltaci.jobs.settle import settle_attempt
from deltaci.runs.plan import plan_run
from deltaci.runs.ports import CommitSource
from deltaci.runs.settle import settle_run
from deltaci.runs.slots import claim_slot
from deltaci.runs.stop_jobs import stop_jobs
from deltaci.states import JOB, RUN, JobState, RunState, is_terminal
from deltaci.wire.orchestration import (
    CommandRef,
    DeliveryOrder,
    JobOutcome,
    JobTicket,
    ReportOrder,
    RunEnding,
    RunOrder,
    StopJobs,
)
from deltaci.wire.runner import CancelReason

Step = Callable[[], Awaitable[bool]]


class WorkflowStandIn:
    """One run's workflow. `step` does the next thing and says whether there was one."""

    def __init__(self, core: Core, commits: CommitSource, order: RunOrder) -> None:
        self._core = core
        self._commits = commits
        self._run_id = order.run_id
        self._timers = order.timers
        self._next: Step = self._plan
        self._jobs: dict[str, JobTicket] = {}
        self._states: dict[str, JobState] = {}
        self._attempts: dict[str, str] = {}
        self._outcomes: dict[str, JobOutcome] = {}
        self._give_up_at = datetime.max.replace(tzinfo=core.clock().tzinfo)
        self._ending = RunEnding(run_id=order.run_id, wanted=RunState.SUCCEEDED)
        self.cancel_requested = False
        self.standing = Standing.OPEN

    async def step(self) -> bool:
        """Do the next thing, if anything can be done now."""
        return self.standing is Standing.OPEN and await self._next()

    def tell(self, outcome: JobOutcome) -> None:
        """Hear how an attempt ended; the first word counts."""
        self._outcomes.setdefault(outcome.attempt_id, outcome)

    async def _plan(self) -> bool:
        planned = await plan_run(self._core, self._commits, self._run_id)
        self._jobs = {ticket.name: ticket for ticket in planned.jobs}
        self._states = {ticket.name: ticket.state for ticket in planned.jobs}
        self.cancel_requested |= planned.state is RunState.CANCEL_REQUESTED
        self._give_up_in(self._timers.run_max_runtime_seconds)
        waits = planned.max_concurrency is not None
        follow = self._get_slot if waits else self._follow
        self._next = self._settle if is_terminal(RUN, planned.state) else follow
        return True

    async def _get_slot(self) -> bool:
        granted = await claim_slot(self._core, self._run_id)
        if granted or self.cancel_requested:
            self._next = self._follow
        elif self._is_late():
            self._end_as(RunState.TIMEOUT)
            self._next = self._settle
        return granted

    async def _follow(self) -> bool:
        for ticket in self._open_jobs():
            if await self._advance(ticket):
                return True
        if not self._is_decided():
            return False
        self._next = self._stop
        return True

    def _is_decided(self) -> bool:
        """Whether nothing that jobs still do can matter; also notes what the end is to be."""
        if self.cancel_requested or not self._open_jobs():
            return True
        if any(ticket.required and self._lacks(ticket.name) for ticket in self._jobs.values()):
            self._end_as(RunState.FAILED)
            return True
        if self._is_late():
            self._end_as(RunState.TIMEOUT)
            return True
        return False

    async def _advance(self, ticket: JobTicket) -> bool:
        """Take the job one step further: give it up, offer it, or hear its outcome."""
        if any(not self._ended(need) for need in ticket.needs):
            return False
        if any(self._lacks(need) for need in ticket.needs):
            await self._stop_jobs((ticket.name,))
            self._states[ticket.name] = JobState.CANCELED
            return True
        attempt_id = self._attempts.get(ticket.name)
        if attempt_id is None:
            await self._dispatch(ticket.name, ticket.attempt_id)
            return True
        outcome = self._outcomes.get(attempt_id)
        if outcome is None:
            return False
        await self._hear(ticket.name, outcome)
        return True

    async def _dispatch(self, name: str, attempt_id: str) -> None:
        self._attempts[name] = attempt_id
        outcome = await offer_attempt(self._core, attempt_id, attempt_id.encode())
        if outcome is not None:
            self.tell(outcome)

    async def _hear(self, name: str, outcome: JobOutcome) -> None:
        self._states[name] = outcome.state
        if outcome.state in {JobState.SUCCEEDED, JobState.CANCELED}:
            return
        settlement = await settle_attempt(self._core, outcome.attempt_id)
        self._states[name] = settlement.state
        if settlement.state is JobState.QUEUED:
            await self._dispatch(name, settlement.attempt_id)

    async def _stop(self) -> bool:
        if self._open_jobs():
            await self._stop_jobs(None)
            self._give_up_in(self._timers.cancel_deadline_seconds + 5)
        self._next = self._wind_down
        return True

    async def _wind_down(self) -> bool:
        for ticket in self._open_jobs():
            outcome = self._outcomes.get(self._attempts.get(ticket.name, ""))
            if outcome is not None:
                await self._hear(ticket.name, outcome)
                return True
        if self._open_jobs() and not self._is_late():
            return False
        self._next = self._settle
        return True

    async def _settle(self) -> bool:
        await settle_run(self._core, self._ending)
        self.standing = Standing.STOPPED
        return True

    async def _stop_jobs(self, names: tuple[str, ...] | None) -> None:
        reason = CancelReason.JOB_CANCELED
        order = StopJobs(run_id=self._run_id, reason=reason, explanation="stopped", names=names)
        await stop_jobs(self._core, order)

    def _open_jobs(self) -> list[JobTicket]:
        return [ticket for ticket in self._jobs.values() if not self._ended(ticket.name)]

    def _ended(self, name: str) -> bool:
        return is_terminal(JOB, self._states[name])

    def _lacks(self, name: str) -> bool:
        return self._ended(name) and self._states[name] is not JobState.SUCCEEDED

    def _end_as(self, wanted: RunState) -> None:
        self._ending = RunEnding(run_id=self._run_id, wanted=wanted, reason="as it came")

    def _give_up_in(self, seconds: int) -> None:
        self._give_up_at = self._core.clock() + timedelta(seconds=seconds)

    def _is_late(self) -> bool:
        return self._core.clock() > self._give_up_at


class SteppedOrchestrator:
    """Implements the Orchestrator port over stand-ins that move only when told to."""

    def __init__(self, core: Core, commits: CommitSource) -> None:
        self._core = core
        self._commits = commits
        self.workflows: dict[str, WorkflowStandIn] = {}

    async def start_run(self, workflow_id: str, order: RunOrder) -> None:
        """See Orchestrator."""
        if workflow_id not in self.workflows:
            self.workflows[workflow_id] = WorkflowStandIn(self._core, self._commits, order)

    async def signal_run(self, workflow_id: str, signal: str) -> None:
        """See Orchestrator; a granted slot is found by asking again."""
        workflow = self.workflows.get(workflow_id)
        if workflow is not None and signal == "cancel":
            workflow.cancel_requested = True

    async def report_run(self, order: ReportOrder) -> None:
        """See Orchestrator; no forge listens here."""

    async def obey_command(self, command: CommandRef) -> None:
        """See Orchestrator; nobody comments here."""

    async def deliver_notification(self, order: DeliveryOrder) -> None:
        """See Orchestrator; nobody listens here."""

    async def complete_job(self, task_token: bytes, outcome: JobOutcome) -> None:  # noqa: ARG002 - the port's signature
        """See Orchestrator; a workflow passes over what it does not wait for."""
        for workflow in self.workflows.values():
            workflow.tell(outcome)

    async def vouch(self, task_token: bytes, progress: dict[str, Any]) -> Vouched:  # noqa: ARG002 - the port's signature
        """See Orchestrator."""
        return Vouched.WAITING

    async def standing(self, workflow_id: str) -> Standing:
        """See Orchestrator."""
        workflow = self.workflows.get(workflow_id)
        return Standing.UNKNOWN if workflow is None else workflow.standing
