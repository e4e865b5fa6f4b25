"""Runs, jobs and leases under every order of messages, crashes and clock ticks.

A step is what one party does: a user, a runner, a loop of the worker, or a workflow. After each the
rows must make sense; at the end every run has ended and nothing is owed to anybody.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deltaci.effects.ports import Standing
from deltaci.testing.lifecycle import Ground, Lifecycle
from deltaci.testing.memory_commits import config, job

RUNS_MAX = 4
ROUNDS_MAX = 20
SHAPES = [
    config({"build": job()}),
    config({"build": job(retries=2), "test": job("build", retries=1)}),
    config({"build": job(), "lint": job(required=False), "test": job("build", "lint")}),
    config({"a": job(timeout_seconds=60), "b": job("a"), "c": job("a"), "d": job("b", "c")}),
    config({"one": job(), "two": job()}, max_concurrency=1),
    config({"build": job(retries=1)}, cancel_superseded=True),
]
WISHES = ["cancel", "rerun", "build", "test", "d"]
LOST = [Standing.STOPPED, Standing.FAILED, Standing.UNKNOWN]
LOOPS = ["", "sweep", "reconcile"]
FAR = {"lease": 0, "start": 1, "run": 2, "finish": 3}
MESSAGES = [*FAR, "finish", "complete", "ack", "beat", "cancel_ack", "hand_back", "again"]
ENDINGS = [
    ("SUCCEEDED", ""),
    ("SUCCEEDED", "ok"),
    ("FAILED", "dial tcp: connection refused"),
    ("FAILED", "no"),
    ("TIMED_OUT", ""),
    ("CANCELED", ""),
]
ANY = st.integers(0, 5)
STEPS = st.sampled_from([0, 0, 1, 2, 3, 6])
MOVE = st.tuples(ANY, st.sampled_from(MESSAGES), st.sampled_from(ENDINGS))


class RunLifecycle(RuleBasedStateMachine):
    """Its rules are few and broad, because each is left out of a good part of all examples."""

    ground: ClassVar[Ground | None] = None
    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        cls = type(self)
        cls.examples += 1
        cls.ground = cls.ground or Ground.build()
        self.life = Lifecycle(cls.ground, f"example-{cls.examples}")

    @initialize(shape=st.sampled_from(SHAPES))
    def begin(self, shape: dict[str, str]) -> None:
        self.life.create(shape, "main", 6)

    @precondition(lambda self: len(self.life.runs) < RUNS_MAX)
    @rule(shape=st.sampled_from(SHAPES), ref=st.sampled_from(["main", "dev"]), steps=STEPS)
    def create(self, shape: dict[str, str], ref: str, steps: int) -> None:
        self.life.create(shape, ref, steps)

    @rule(which=ANY, wish=st.sampled_from(WISHES))
    def wish(self, which: int, wish: str) -> None:
        """A user cancels a run, or runs it again, whole or in part."""
        if wish == "cancel":
            self.life.cancel(which)
        elif len(self.life.runs) < RUNS_MAX:
            self.life.run_again(which, None if wish == "rerun" else [wish])

    @rule(which=ANY, steps=STEPS)
    def work(self, which: int, steps: int) -> None:
        if steps:
            self.life.work(which, steps)
        else:
            self.life.work_as_usual()

    @precondition(lambda self: len(self.life.orchestrator.workflows) > 1)
    @rule(which=ANY, standing=st.sampled_from(LOST))
    def lose_workflow(self, which: int, standing: Standing) -> None:
        self.life.lose_workflow(which, standing)

    @rule(which=st.integers(0, 10), keep=st.booleans())
    def deliver_one(self, which: int, keep: bool) -> None:
        self.life.deliver_one(which, keep=keep)

    @rule(seconds=st.sampled_from([1, 5, 19, 31, 121]), loop=st.sampled_from(LOOPS))
    def tick(self, seconds: int, loop: str) -> None:
        """Time passes, and sometimes a loop of the worker comes round."""
        self.life.clock.advance(seconds)
        if loop:
            getattr(self.life, loop)()

    @rule(moves=st.lists(MOVE, min_size=1, max_size=4))
    def runners(self, moves: list[tuple[int, str, tuple[str, str]]]) -> None:
        """Runners speak, some of them too late, and some not for the first time."""
        for which, message, ending in moves:
            if message in FAR:
                self.life.lease(f"runner-{which}", FAR[message], *ending)
            elif message == "complete":
                self.life.complete(which, *ending)
            elif message == "again":
                self.life.say_again(which)
            else:
                self.life.speak(which, message)
            self.life.check()

    @invariant()
    def rows_make_sense(self) -> None:
        self.life.check()

    def teardown(self) -> None:
        """With no runner and no user left, every wait must be bounded."""
        try:
            for _ in range(ROUNDS_MAX):
                if self.life.is_over():
                    return
                self.life.pass_time()
            left = self.life.watch.unfinished(self.life.runs)
            pytest.fail(f"unfinished: {left}; effects promised: {self.life.watch.promised()}")
        except BaseException:
            _close_ground()  # the next example must not find what is left of this one
            raise
        finally:
            self.life.watch.close()


def _close_ground() -> None:
    if RunLifecycle.ground is not None:
        RunLifecycle.ground.close()
        RunLifecycle.ground = None


async def _at_once(_connection: Any, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    return call(*args, **options)


@pytest.fixture(autouse=True)
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite without its thread: nothing here waits, and the hop to it is half of the time."""
    monkeypatch.setattr("aiosqlite.core.Connection._execute", _at_once)
    yield
    _close_ground()


def campaign(examples: int) -> None:
    """Each example has about 65 steps. Shrinking one takes minutes: add its phase when hunting."""
    options = settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(RunLifecycle, settings=options)


def test_no_order_of_events_breaks_a_run() -> None:
    campaign(150)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_order_of_events_breaks_a_run_in_a_long_campaign() -> None:
    campaign(1500)
