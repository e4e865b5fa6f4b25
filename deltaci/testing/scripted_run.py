"""The activities of a run's workflow, answering from a script instead of from a database.

Method names are those of the real activities; whoever registers them gives them those names. They
run in the test's own event loop, so a test may look at `calls` and release what is held.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from deltaci.jobs.retry import backoff_seconds
from deltaci.states import JobState, RunState
from deltaci.wire.orchestration import (
    AttemptRef,
    JobOutcome,
    JobTicket,
    PlannedRun,
    RunEnding,
    RunOrder,
    RunRef,
    RunTimers,
    Settlement,
    StopJobs,
)

FIRST_BACKOFF_SECONDS = 5


def ticket(name: str, *needs: str, required: bool = True, **columns: object) -> JobTicket:
    """Describe a planned job whose first attempt is `name/1`."""
    defaults: dict[str, object] = {
        "job_id": f"job_{name}",
        "name": name,
        "required": required,
        "needs": needs,
        "attempt_id": f"{name}/1",
        "attempt_number": 1,
        "timeout_seconds": 60,
    }
    return JobTicket.model_validate(defaults | columns)


def order(**timers: int) -> RunOrder:
    """An order for a run called `run_1`; timers are those of the settings unless named."""
    defaults = {
        "run_max_runtime_seconds": 3600,
        "run_queue_timeout_seconds": 600,
        "cancel_deadline_seconds": 30,
        "plan_timeout_seconds": 60,
        "dispatch_heartbeat_timeout_seconds": 120,
    }
    return RunOrder(
        run_id="run_1",
        repo_id="acme/shop",
        ref="refs/heads/main",
        commit_sha="a" * 40,
        kind="manual",
        local_repository=True,
        timers=RunTimers(**defaults | timers),
    )


@dataclass
class ScriptedRun:
    """One run: its plan, how each attempt ends, and everything that the workflow asked for.

    An attempt that `outcomes` does not name succeeds; one in `held` waits for `finish`, for being
    stopped, or for ever when it is in `deaf` too.
    """

    jobs: Sequence[JobTicket] = ()
    plan: PlannedRun | None = None
    outcomes: dict[str, JobState] = field(default_factory=dict)
    retries: int = 0
    held: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    slots: list[bool] = field(default_factory=list)
    failing: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, str]] = field(default_factory=list)
    stops: list[StopJobs] = field(default_factory=list)
    endings: list[RunEnding] = field(default_factory=list)
    canceled: bool = False
    backoff_seconds: int = FIRST_BACKOFF_SECONDS
    _gates: dict[str, asyncio.Event] = field(default_factory=dict)
    _stuck: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[JobState]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    # What tests ask and say.

    def names(self, activity: str) -> list[str]:
        """What one activity was asked about, in order."""
        return [subject for name, subject in self.calls if name == activity]

    async def until_called(self, activity: str, subject: str) -> None:
        """Wait until the workflow has asked for this."""
        async with self._changed:
            await self._changed.wait_for(lambda: (activity, subject) in self.calls)

    async def until_waiting(self, attempt_id: str) -> None:
        """Wait until an attempt is held, as if it were with a runner."""
        async with self._changed:
            await self._changed.wait_for(lambda: attempt_id in self._waiting)

    def hold(self, activity: str) -> None:
        """Let an activity be called but not answer, until `let_go`."""
        self._gates[activity] = asyncio.Event()

    def hold_once(self, activity: str) -> None:
        """Let the next call of an activity never answer."""
        self._stuck.add(activity)

    def let_go(self, activity: str) -> None:
        """Let the activity answer."""
        self._gates[activity].set()

    def finish(self, attempt_id: str, state: JobState) -> None:
        """End a held attempt."""
        future = self._waiting[attempt_id]
        if not future.done():
            future.set_result(state)

    def release(self) -> None:
        """End everything that is held, so that the worker can stop."""
        for attempt_id in self._waiting:
            self.finish(attempt_id, JobState.CANCELED)

    # The activities.

    async def plan_run(self, run: RunRef) -> PlannedRun:
        """Answer the plan; a run that was cancelled meanwhile gets none."""
        await self._note("plan_run", run.run_id)
        if self.canceled and self.plan is None:
            return PlannedRun(state=RunState.CANCEL_REQUESTED)
        return self.plan or PlannedRun(state=RunState.QUEUED, jobs=tuple(self.jobs))

    async def fail_planning(self, ending: RunEnding) -> PlannedRun:
        """Answer a run that has failed."""
        await self._note("fail_planning", ending.reason)
        return PlannedRun(state=RunState.FAILED)

    async def claim_slot(self, run: RunRef) -> bool:
        """Answer the next of `slots`; the last one repeats."""
        await self._note("claim_slot", run.run_id)
        return self.slots.pop(0) if len(self.slots) > 1 else self.slots[0]

    async def dispatch_job(self, attempt: AttemptRef) -> JobOutcome:
        """End the attempt as the script says, or hold it."""
        attempt_id = attempt.attempt_id
        await self._note("dispatch_job", attempt_id)
        if self.canceled:
            return JobOutcome(attempt_id=attempt_id, state=JobState.CANCELED)
        state = self.outcomes.get(attempt_id, JobState.SUCCEEDED)
        if attempt_id in self.held:
            async with self._changed:
                self._waiting[attempt_id] = asyncio.get_running_loop().create_future()
                self._changed.notify_all()
            state = await self._waiting[attempt_id]
        return JobOutcome(attempt_id=attempt_id, state=state)

    async def settle_attempt(self, attempt: AttemptRef) -> Settlement:
        """Retry while `retries` allows it."""
        await self._note("settle_attempt", attempt.attempt_id)
        name, _, number = attempt.attempt_id.rpartition("/")
        following = int(number) + 1
        if int(number) > self.retries:
            return Settlement(state=JobState.FAILED)
        return Settlement(
            state=JobState.QUEUED,
            attempt_id=f"{name}/{following}",
            attempt_number=following,
            backoff_seconds=backoff_seconds(int(number), self.backoff_seconds),
        )

    async def explain_attempt(self, attempt: AttemptRef) -> None:
        """Note what is to be explained."""
        await self._note("explain_attempt", attempt.attempt_id)

    async def stop_jobs(self, stop: StopJobs) -> None:
        """Stop held attempts that listen."""
        self.stops.append(stop)
        await self._note("stop_jobs", ",".join(stop.names or ("*",)))
        self._stop(stop.names)

    async def request_cancel(self, run: RunRef) -> None:
        """Cancel as the API would."""
        self.canceled = True
        await self._note("request_cancel", run.run_id)
        self._stop(None)

    async def settle_run(self, ending: RunEnding) -> RunState:
        """Settle as wanted, unless a cancel was requested."""
        self.endings.append(ending)
        await self._note("settle_run", ending.wanted)
        return RunState.CANCELED if self.canceled else ending.wanted

    def cancel(self) -> None:
        """Do what a cancel through the API does to the rows; the signal is the test's to send."""
        self.canceled = True
        self._stop(None)

    def _stop(self, names: Iterable[str] | None) -> None:
        for attempt_id in set(self._waiting) - self.deaf:
            if names is None or attempt_id.rpartition("/")[0] in names:
                self.finish(attempt_id, JobState.CANCELED)

    async def _note(self, activity: str, subject: str) -> None:
        async with self._changed:
            self.calls.append((activity, subject))
            self._changed.notify_all()
        if activity in self._stuck:
            self._stuck.remove(activity)
            await asyncio.Event().wait()
        if activity in self._gates:
            await self._gates[activity].wait()
        if self.failing[activity]:
            raise self.failing[activity].pop(0)
