"""Deployments under every order of wishes, decisions and endings: the rows always make sense.

A step is what somebody does: ask, promote, roll back, cancel, approve, freeze, or be the workflow.
"""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.deployments.approve import approve_deployment
from deltaci.deployments.cancel import cancel_deployment
from deltaci.engines.port import EngineState
from deltaci.errors import DeltaError
from deltaci.sealing import Seal
from deltaci.settings import Settings
from deltaci.states import DEPLOYMENT, DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Database
from deltaci.store.migrate import upgrade
from deltaci.store.tables import Deployment, DeploymentLock, EnvironmentPin, Transition
from deltaci.testing.deployment_bench import OWNER, DeploymentBench
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.deployment_intents import ApproveDeployment

VERSIONS = st.sampled_from(["1.0.0", "1.1.0", "2.0.0"])
PLACES = st.sampled_from(["dev", "staging"])
ANY = st.integers(0, 7)
UNDER_WAY = {DeploymentState.IN_PROGRESS, DeploymentState.ACTIVE}
WINDOW_HOURS = 2
_numbers = itertools.count(1)


class DeploymentLifecycle(RuleBasedStateMachine):
    """Refusals are normal; what counts is what the rows say after each step."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    core: ClassVar[Core]
    clock: ClassVar[SettableClock]

    def __init__(self) -> None:
        super().__init__()
        number = next(_numbers)
        self.bench = DeploymentBench(
            self.core, self.clock, group=f"group-{number}", service=f"shop-{number}"
        )
        self.do(self.bench.open("1.0.0", "1.1.0", "2.0.0", daily_deploy_quota=5000))
        self.ids: list[str] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.loop.run_until_complete(work)
        except DeltaError:
            return None

    def pick(self, which: int) -> str:
        return self.ids[which % len(self.ids)] if self.ids else "nothing"

    def note(self, submitted: Any) -> None:
        if submitted is not None:
            self.ids.append(submitted.deployment.id)

    @rule(version=VERSIONS, place=PLACES)
    def ask(self, version: str, place: str) -> None:
        self.note(self.do(self.bench.ask(version, place)))

    @rule(version=VERSIONS)
    def promote(self, version: str) -> None:
        self.note(self.do(self.bench.ask_to_promote(version)))

    @rule(which=ANY)
    def roll_back(self, which: int) -> None:
        self.note(self.do(self.bench.ask_to_roll_back(self.pick(which))))

    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        self.do(cancel_deployment(self.core, OWNER, self.pick(which)))

    @rule(which=ANY, verdict=st.sampled_from(list(ApprovalVerdict)))
    def vote(self, which: int, verdict: ApprovalVerdict) -> None:
        request = ApproveDeployment(verdict=verdict)
        self.do(approve_deployment(self.core, OWNER, self.pick(which), request))

    @rule(queues=st.booleans(), approvals=st.integers(0, 1), freezes=st.booleans())
    def guard(self, queues: bool, approvals: int, freezes: bool) -> None:
        now = self.clock()
        window = {
            "recurrence": "once",
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(hours=WINDOW_HOURS)).isoformat(),
        }
        guardrails = {
            "daily_deploy_quota": 5000,
            "daily_rollback_quota": 5000,
            "on_lock": "queue" if queues else "refuse",
            "required_approvals": approvals,
            "freeze_windows": [window] if freezes else [],
        }
        self.do(self.bench.guard(**guardrails))

    @rule(which=ANY, state=st.sampled_from(list(EngineState)))
    def work(self, which: int, state: EngineState) -> None:
        self.bench.engine.endings.setdefault(self.pick(which), state)
        if self.ids:
            self.do(self.bench.drive(self.pick(which)))

    @rule(minutes=st.sampled_from([1, 60, 180]))
    def wait(self, minutes: int) -> None:
        self.clock.advance(60 * minutes)

    @invariant()
    def whoever_is_under_way_has_the_lock(self) -> None:
        rows = self.rows(Deployment, Deployment.product == self.bench.service)
        under_way = {row.id for row in rows if row.state in UNDER_WAY}
        locks = self.rows(DeploymentLock, DeploymentLock.product == self.bench.service)
        still = {row.id for row in rows if row.state in DEPLOYMENT_OPEN}

        assert under_way == {lock.deployment_id for lock in locks if lock.deployment_id in still}
        assert len({row.environment for row in rows if row.id in under_way}) == len(under_way)

    @invariant()
    def every_change_was_legal(self) -> None:
        for change in self.rows(Transition, Transition.subject_id.in_(self.ids)):
            source, target = DeploymentState(change.from_state), DeploymentState(change.to_state)
            assert target in DEPLOYMENT[source]

    @invariant()
    def a_pin_is_of_a_rollback_that_succeeded(self) -> None:
        for pin in self.rows(EnvironmentPin, EnvironmentPin.product == self.bench.service):
            assert self.do(self.bench.state(pin.deployment_id)) is DeploymentState.SUCCEEDED

    @invariant()
    def an_engine_begins_nothing_twice(self) -> None:
        keys = [order.key for order in self.bench.engine.orders]
        assert len(keys) == len(set(keys))

    def rows(self, table: Any, *where: Any) -> list[Any]:
        return list(self.loop.run_until_complete(self.bench.rows.all(table, *where)))


def campaign(url: str, folder: Path, patch: pytest.MonkeyPatch, examples: int) -> None:
    """Each example has up to 25 steps; all share one database."""
    upgrade(url)
    loop, clock = asyncio.new_event_loop(), SettableClock()
    known = Settings(data_dir=folder, mutate_rpm=5000, read_rpm=5000)
    database = Database(url)
    core = Core(database, LocalBlobs(folder / "blobs"), clock, known, Seal.load("", folder))
    for attribute, value in (("loop", loop), ("clock", clock), ("core", core)):
        patch.setattr(DeploymentLifecycle, attribute, value, raising=False)
    options = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(DeploymentLifecycle, settings=options)
    finally:
        loop.run_until_complete(database.close())
        loop.close()


def test_deployments_make_sense_under_every_order_of_events(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(database_url, tmp_path, monkeypatch, 8)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_deployments_make_sense_in_a_long_campaign(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(database_url, tmp_path, monkeypatch, 150)
