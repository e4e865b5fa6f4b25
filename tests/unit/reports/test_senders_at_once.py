"""Senders that overlap, die, hang and lose answers, in any order: no check ever goes backwards."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deltaci.reports.order import call_seconds
from deltaci.reports.report import report_run
from deltaci.repositories.register import register_repository
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.testing.factories import USER
from deltaci.testing.lease_holder import LeaseHolder
from deltaci.testing.lifecycle import Ground, Lifecycle
from deltaci.testing.memory_forge import Fault, MemoryForge, SenderDiedError, forge_of
from deltaci.vcs.port import Check, ForgeUnavailableError, Place
from deltaci.wire.forges import Provider
from deltaci.wire.orchestration import ReportStanding, RunEnding
from deltaci.wire.repositories import CreateRepository

NUMBERS = itertools.count(1)
FAULTS = [Fault.NONE, Fault.NONE, Fault.AWAY, Fault.LOST, Fault.DEATH, Fault.REFUSED]


class HeldForge(MemoryForge):
    """Lets a call through only when the test says so, and says with what fault."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[asyncio.Future[Fault]] = []
        self.changed = asyncio.Event()

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:
        call = asyncio.get_running_loop().create_future()
        self.held.append(call)
        self.changed.set()
        try:
            self.faults.append(await call)
        finally:
            self.held.remove(call)
        return await super().publish(place, check, external_id)


class Race:
    """One run, the senders that are at work on it, and a clock that only the test moves."""

    def __init__(self, ground: Ground) -> None:
        repo_id = f"acme/shop-{next(NUMBERS)}"
        self.repo_id, self.loop = repo_id, ground.loop
        life = Lifecycle(ground, repo_id)
        self.core, self.clock, self.factory = life.core, life.clock, life.factory
        self.forge = HeldForge()
        self.senders: list[asyncio.Task[ReportStanding]] = []
        self.begun: dict[asyncio.Future[Fault], float] = {}
        self.holder: LeaseHolder | None = None
        self.do(self._link())
        self.run_id = self.do(self.factory.run(repo_id=repo_id))
        self.do(self.factory.plan(self.run_id))

    def do(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.ensure_future(work, loop=self.loop))

    # What may happen.

    def sender_begins(self, _which: int) -> None:
        self.do(self._begin())

    def call_arrives(self, which: int) -> None:
        if self.forge.held:
            call = self.forge.held[which // len(FAULTS) % len(self.forge.held)]
            self.do(self._answer(call, FAULTS[which % len(FAULTS)]))

    def sender_is_killed(self, which: int) -> None:
        if self.senders:
            self.senders[which % len(self.senders)].cancel()
            self.do(self._settle_down())

    def time_passes(self, which: int) -> None:
        """No call is under way for longer than its bound."""
        self.clock.advance([1, call_seconds(self.core.settings)][which % 2])
        limit = self.clock.now.timestamp() - call_seconds(self.core.settings)
        for call in list(self.forge.held):
            if self.begun[call] <= limit:
                self.do(self._answer(call, Fault.AWAY))

    def job_goes_on(self, which: int) -> None:
        self.do(self._go_on(give_back=which % 3 == 0))

    # The end of it.

    def finish(self) -> None:
        """Let the run end and a forge that works be told until there is nothing left to tell."""
        for task in self.senders:
            task.cancel()
        self.do(self._settle_down())
        ending = RunEnding(run_id=self.run_id, wanted=RunState.TIMEOUT)
        self.do(settle_run(self.core, ending))
        self.clock.advance(call_seconds(self.core.settings))
        self.do(self._begin())
        while self.forge.held:
            self.do(self._answer(self.forge.held[0], Fault.NONE))
        assert self.senders[-1].result().finished

    async def _link(self) -> None:
        request = CreateRepository(
            repo_id=self.repo_id,
            url=f"/srv/{self.repo_id}",
            provider=Provider.GITHUB,
            full_name=self.repo_id,
            token="a token of its own",
        )
        await register_repository(self.core, USER, request)

    async def _begin(self) -> None:
        forges = {Provider.GITHUB: forge_of(self.forge, Provider.GITHUB)}
        work = report_run(self.core, forges, self.run_id, lambda: None)
        self.senders.append(asyncio.create_task(work))
        await self._settle_down()

    async def _answer(self, call: asyncio.Future[Fault], fault: Fault) -> None:
        call.set_result(fault)
        await asyncio.sleep(0)
        await self._settle_down()

    async def _settle_down(self) -> None:
        """Wait until every sender waits for the forge, or is done."""
        while True:
            busy = [task for task in self.senders if not task.done()]
            if len(busy) == len(self.forge.held):
                break
            self.forge.changed.clear()
            change = asyncio.create_task(self.forge.changed.wait())
            await asyncio.wait([change, *busy], return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
        for call in self.forge.held:
            self.begun.setdefault(call, self.clock.now.timestamp())
        for task in self.senders:
            if task.done() and not task.cancelled() and task.exception() is not None:
                assert isinstance(task.exception(), ForgeUnavailableError | SenderDiedError)

    async def _go_on(self, *, give_back: bool) -> None:
        if self.holder is None:
            await self.factory.offer(self.run_id)
            self.holder = await self.factory.seek(f"runner-{next(NUMBERS)}", repos=[self.repo_id])
            if self.holder is not None:
                await self.holder.ack()
        elif give_back:
            await self.holder.hand_back()
            self.holder = None


ACTIONS: list[Callable[[Race, int], None]] = [
    *(Race.sender_begins, Race.call_arrives, Race.call_arrives, Race.call_arrives),
    *(Race.sender_is_killed, Race.time_passes, Race.job_goes_on),
]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    ground = Ground.build()
    yield ground
    ground.close()


Steps = list[tuple[Callable[[Race, int], None], int]]
LOST = FAULTS.index(Fault.LOST)
SECOND = len(FAULTS)
AN_ANSWER_IS_LOST: Steps = [(Race.sender_begins, 0), (Race.call_arrives, LOST)]
AN_OLD_WORD_ARRIVES_LATE: Steps = [
    *((Race.sender_begins, 0), (Race.job_goes_on, 1), (Race.sender_begins, 0)),
    *((Race.call_arrives, SECOND), (Race.call_arrives, 0)),
]
A_JOB_WAITS_AGAIN: Steps = [
    *((Race.job_goes_on, 1), (Race.sender_begins, 0), (Race.call_arrives, 0)),
    *((Race.call_arrives, 0), (Race.job_goes_on, 0), (Race.sender_begins, 0)),
    *((Race.call_arrives, 0), (Race.call_arrives, 0)),
]


@settings(max_examples=50, deadline=None)
@example(AN_ANSWER_IS_LOST)
@example(AN_OLD_WORD_ARRIVES_LATE)
@example(A_JOB_WAITS_AGAIN)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), max_size=30))
def test_no_check_goes_backwards_and_each_is_there_once(ground: Ground, steps: Steps) -> None:
    race = Race(ground)
    for act, which in steps:
        act(race, which)
    race.finish()

    shown = [check.reference for check in race.forge.checks.values()]
    assert sorted(shown) == [race.run_id, f"{race.run_id}/build"]
    assert all(check.verdict.is_final for check in race.forge.checks.values())
    for reference in shown:
        ranks = [check.verdict.rank for check in race.forge.trail(reference)]
        assert ranks == sorted(ranks)
