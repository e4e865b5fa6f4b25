"""The life of a deployment: wait until it may begin, have it carried out, verify it, settle it.

The rows decide what is true; this workflow decides what happens next. It knows ids and small
values only: every step reads what it needs.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
)

with workflow.unsafe.imports_passed_through():
    from activities.deployments import DeploymentActivities
    from activities.engines import EngineActivities
    from deltaci.states import DeploymentState
    from deltaci.wire.deployment_orders import (
        CANCELED,
        FAILED,
        RUNNING,
        DeploymentEnding,
        DeploymentOrder,
        DeploymentOutcome,
        DeploymentRef,
        EngineStanding,
        ProbeOutcome,
        Trouble,
    )
    from workflows import policies
    from workflows.search import outcome_attribute
    from workflows.steps import step

FINISHED_FIRST = "its engine had finished before it could be canceled"
STILL_AT_WORK = "its engine did not stop in time, and may still be at work"
UNREACHABLE = "what carries deployments out could not be reached"
NO_HINT = "Look at the log of the recipe's target, then deploy again."


@workflow.defn(name="Deployment")
class DeploymentWorkflow:
    """One deployment, from its admission to its end."""

    @workflow.init
    def __init__(self, order: DeploymentOrder) -> None:
        self._order = order
        self._timers = order.timers
        self._patience = timedelta(seconds=order.timers.start_give_up_seconds)
        self._ref = DeploymentRef(deployment_id=order.deployment_id)
        self._began = False
        self._canceled = False
        self._news = False
        self._unanswered = False

    @workflow.run
    async def run(self, order: DeploymentOrder) -> DeploymentOutcome:  # noqa: ARG002 - see __init__
        """Carry the deployment through, and settle it whatever happens.

        The life is a task of its own, so that Temporal's Cancel interrupts only this wait and then
        takes the same way as a cancel through the API.
        """
        life = asyncio.create_task(self._live(), name="life")
        try:
            await workflow.wait([life])
        except asyncio.CancelledError:
            await step(DeploymentActivities.cancel_from_outside, self._ref)
            self._canceled = True
        return await life

    @workflow.signal(description="Somebody wants the deployment to stop.")
    def cancel(self) -> None:
        """Stop at the next point at which that can be done truthfully."""
        self._canceled = True

    @workflow.signal(description="Something that the deployment may wait for has changed.")
    def changed(self) -> None:
        """Look again now."""
        self._news = True

    async def _live(self) -> DeploymentOutcome:
        ending = await self._go_through()
        outcome = await step(DeploymentActivities.settle_deployment, ending)
        workflow.upsert_search_attributes([outcome_attribute(outcome.state)])
        self._show(f"ended: {outcome.state}")
        return outcome

    async def _go_through(self) -> DeploymentEnding:
        for phase in (self._wait_for_admission, self._carry_out, self._verify):
            if ending := await phase():
                return ending
        return self._ending(DeploymentState.SUCCEEDED)

    async def _wait_for_admission(self) -> DeploymentEnding | None:
        """Wait for approvals, windows and the turn; None once the deployment has begun."""
        give_up = workflow.now() + timedelta(seconds=self._timers.wait_max_seconds)
        pause = timedelta(seconds=self._timers.recheck_seconds)
        while not self._canceled:
            self._news = False
            admission = await step(DeploymentActivities.admit_deployment, self._ref)
            if admission.begins:
                self._began = True
                return None
            if admission.ended:
                ended_well = admission.trouble is None
                wanted = DeploymentState.CANCELED if ended_well else DeploymentState.FAILED
                return self._ending(wanted, trouble=admission.trouble)
            now = workflow.now()
            if now >= give_up:
                reason = f"it waited for {self._timers.wait_max_seconds} seconds"
                return self._ending(DeploymentState.CANCELED, reason)
            until = min(admission.retry_at or give_up, give_up)
            self._show(f"waits, at the latest until {until.isoformat(timespec='seconds')}")
            left = max(until - now, policies.CLOCK_SLACK)
            await self._until(lambda: self._canceled or self._news, min(pause, left))
            pause = min(2 * pause, policies.ADMISSION_RECHECK_MAX)
        return await self._stop()

    async def _carry_out(self) -> DeploymentEnding | None:
        """Have the engine do its work; None once it has ended well."""
        self._show("the engine is asked to begin")
        standing = await self._ask(EngineActivities.start_engine, self._patience)
        if standing is not None and standing.is_running:
            self._show("the engine is at work")
            standing = await self._follow(EngineActivities.ask_engine)
        if standing is None or self._canceled:
            return await self._stop()
        if standing.is_running:
            return await self._time_out()
        if standing.succeeded:
            return None
        if standing.state == CANCELED:
            return self._ending(DeploymentState.CANCELED, "its engine canceled it")
        return self._ending(DeploymentState.FAILED, trouble=standing.trouble)

    async def _follow(self, method: Any) -> EngineStanding | None:
        """Ask until it has ended; RUNNING when the recipe's time is over, None when canceled."""
        began, limit = workflow.now(), timedelta(seconds=self._timers.timeout_seconds)
        interval, pause = timedelta(seconds=self._timers.poll_seconds), policies.ENGINE_POLL_FIRST
        while True:
            await self._until(lambda: self._canceled or self._news, pause)
            self._news = False
            standing = await self._ask(method, self._patience)
            elapsed = workflow.now() - began
            if self._canceled or standing is None or not standing.is_running or elapsed >= limit:
                return standing
            pause = min(policies.next_poll(pause, interval, elapsed), limit - elapsed)

    async def _time_out(self) -> DeploymentEnding | None:
        """Stop an engine that has had its time; one that has finished meanwhile is fine."""
        standing = await self._stop_engine()
        if standing.succeeded:
            return None
        summary = f"it was not carried out within {self._timers.timeout_seconds} seconds"
        trouble = Trouble(category="TIMEOUT", summary=summary, action_hint=NO_HINT)
        return self._ending(DeploymentState.FAILED, trouble=trouble)

    async def _verify(self) -> DeploymentEnding | None:
        """Look whether what was deployed works, and goes on working; None if it does."""
        checks = self._order.checks
        if not checks.any:
            return None
        await step(DeploymentActivities.begin_verification, self._ref)
        trouble = await self._probe() if checks.probes else None
        if trouble is None and checks.command and not self._canceled:
            trouble = await self._command()
        if trouble is None and checks.soak_seconds and not self._canceled:
            self._show("soaks")
            await self._until(lambda: self._canceled, timedelta(seconds=checks.soak_seconds))
            trouble = await self._probe() if checks.probes else None
        if self._canceled:
            reason = f"canceled while it was verified; {self._order.version} is what runs there"
            return self._ending(DeploymentState.CANCELED, reason)
        return self._ending(DeploymentState.FAILED, trouble=trouble) if trouble else None

    async def _probe(self) -> Trouble | None:
        """Look again and again until it was well often enough in a row; what is wrong, if not."""
        checks, good = self._order.checks, 0
        deadline = workflow.now() + timedelta(seconds=checks.probe_timeout_seconds)
        self._show("is verified")
        while not self._canceled:
            outcome = await self._look()
            good = good + 1 if outcome.ok else 0
            if good >= checks.successes:
                return None
            if workflow.now() >= deadline:
                summary = f"it was not well within {checks.probe_timeout_seconds} seconds"
                return Trouble(category="APP", summary=summary, detail=outcome.detail or None)
            interval = timedelta(seconds=checks.probe_interval_seconds)
            await self._until(lambda: self._canceled, interval)
        return None

    async def _command(self) -> Trouble | None:
        """Have the verification command run; what is wrong, if it does not end well in time."""
        self._show("its verification command runs")
        standing = await self._follow(EngineActivities.check_command)
        if standing is None or standing.is_running:  # canceled, or its time is over
            await self._call(EngineActivities.stop_command, self._patience)
            summary = "its verification command did not end in time"
            return Trouble(category="TIMEOUT", summary=summary)
        if standing.succeeded:
            return None
        return standing.trouble or Trouble(category="APP", summary="its verification was stopped")

    async def _look(self) -> ProbeOutcome:
        try:
            return await workflow.execute_activity_method(
                EngineActivities.probe_deployment,
                self._ref,
                task_queue=policies.engine_queue(workflow.info().task_queue),
                start_to_close_timeout=timedelta(seconds=self._timers.call_timeout_seconds),
                retry_policy=policies.PROBE_RETRY,
                summary="look at what was deployed",
            )
        except ActivityError as error:
            return ProbeOutcome(ok=False, detail=_reason(error))

    async def _stop(self) -> DeploymentEnding:
        """End a deployment that is to be canceled as what it really has become."""
        if not self._began:
            return self._ending(DeploymentState.CANCELED)
        self._show("the engine is asked to stop")
        standing = await self._stop_engine()
        if standing.succeeded:
            return self._ending(DeploymentState.SUCCEEDED, FINISHED_FIRST)
        reason = STILL_AT_WORK if standing.is_running or self._unanswered else ""
        return self._ending(DeploymentState.CANCELED, reason)

    async def _stop_engine(self) -> EngineStanding:
        """Ask the engine to stop, and wait for that as long as it may take."""
        patience = timedelta(seconds=self._timers.cancel_deadline_seconds)
        deadline = workflow.now() + patience
        running = EngineStanding(state=RUNNING)
        standing = await self._call(EngineActivities.stop_engine, patience) or running
        while standing.is_running and workflow.now() < deadline:
            pause = timedelta(seconds=self._timers.poll_seconds)
            await self._until(lambda: self._news, min(pause, deadline - workflow.now()))
            self._news = False
            standing = await self._call(EngineActivities.ask_engine, patience) or running
        return standing

    async def _ask(self, method: Any, patience: timedelta) -> EngineStanding | None:
        """Call the engine through any outage that is not too long; None when that is moot.

        A call that is under way when somebody cancels is still waited for: it may be beginning.
        """
        call = asyncio.create_task(self._call(method, patience))
        await workflow.wait_condition(lambda: call.done() or self._canceled)
        await self._until(call.done, timedelta(seconds=self._timers.cancel_deadline_seconds))
        if not call.done():
            self._unanswered = True
            return None
        trouble = Trouble(category="INFRASTRUCTURE", summary=UNREACHABLE, action_hint=NO_HINT)
        return call.result() or EngineStanding(state=FAILED, trouble=trouble)

    async def _call(self, method: Any, patience: timedelta) -> EngineStanding | None:
        """Call the engine; None when it cannot be reached for as long as that is waited for."""
        try:
            answer: EngineStanding = await workflow.execute_activity_method(
                method,
                self._ref,
                task_queue=policies.engine_queue(workflow.info().task_queue),
                start_to_close_timeout=timedelta(seconds=self._timers.call_timeout_seconds),
                schedule_to_close_timeout=patience,
                retry_policy=policies.ENGINE_RETRY,
                summary=method.__name__.replace("_", " "),
            )
        except ActivityError as error:
            workflow.logger.warning("engine call failed: %s", _reason(error))
            return None
        return answer

    async def _until(self, condition: Callable[[], bool], patience: timedelta) -> None:
        """Wait for the condition, or until the time is up."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(condition, timeout=patience)

    def _ending(
        self, wanted: DeploymentState, reason: str = "", *, trouble: Trouble | None = None
    ) -> DeploymentEnding:
        return DeploymentEnding(
            deployment_id=self._order.deployment_id, wanted=wanted, reason=reason, trouble=trouble
        )

    def _show(self, what: str) -> None:
        """Show operators in Temporal's UI where the deployment is."""
        workflow.set_current_details(f"```text\n{what}\n```")


def _reason(error: FailureError) -> str:
    """Return what the last try failed of, rather than that no further one fits into the time."""
    while not isinstance(error, ApplicationError) and isinstance(error.cause, FailureError):
        error = error.cause
    return error.message
