"""Carry out one promised effect. Carrying it out twice does no harm."""

from collections.abc import Awaitable, Callable
from typing import Any

from deltaci.builds.inspect import Inspector
from deltaci.builds.register_run import register_run
from deltaci.core import Core
from deltaci.effects.ports import Orchestrator
from deltaci.errors import UnavailableError
from deltaci.jobs.offer import outcome_of
from deltaci.notifications.order import order_of_delivery
from deltaci.reports.order import order_of_report
from deltaci.runs.order import order_of
from deltaci.states import ATTEMPT, is_terminal
from deltaci.store.jobs import find_work
from deltaci.store.outbox import EffectKind
from deltaci.store.runs import find_run, find_run_and_repository
from deltaci.store.tables import Effect
from deltaci.wire.orchestration import CommandRef

Handler = Callable[[dict[str, Any]], Awaitable[None]]


class NotYetError(Exception):
    """This effect must be tried again; it says nothing about others."""


class Deliverer:
    """Knows what each kind of effect means."""

    def __init__(
        self, core: Core, orchestrator: Orchestrator, inspector: Inspector | None = None
    ) -> None:
        self._core = core
        self._orchestrator = orchestrator
        self._inspector = inspector
        self._handlers: dict[EffectKind, Handler] = {
            EffectKind.START_RUN: self._start_run,
            EffectKind.SIGNAL_RUN: self._signal_run,
            EffectKind.COMPLETE_ATTEMPT: self._complete_attempt,
            EffectKind.REPORT_RUN: self._report_run,
            EffectKind.OBEY_COMMAND: self._obey_command,
            EffectKind.REGISTER_BUILD: self._register_build,
            EffectKind.DELIVER_NOTIFICATION: self._deliver_notification,
        }

    async def deliver(self, effect: Effect) -> None:
        """Carry the effect out. Raises UnavailableError when it must be tried again."""
        await self._handlers[EffectKind(effect.kind)](effect.payload)

    async def _start_run(self, payload: dict[str, Any]) -> None:
        async with self._core.database.read() as tx:
            found = await find_run_and_repository(tx, payload["run_id"])
        if found is not None:
            order = order_of(self._core.settings, *found)
            await self._orchestrator.start_run(found[0].workflow_id, order)

    async def _signal_run(self, payload: dict[str, Any]) -> None:
        await self._orchestrator.signal_run(payload["workflow_id"], payload["signal"])

    async def _complete_attempt(self, payload: dict[str, Any]) -> None:
        """Use the newest token: the activity may have been retried since the promise was made."""
        async with self._core.database.read() as tx:
            work = await find_work(tx, payload["attempt_id"])
        if work is None or work.attempt.task_token is None:
            return  # never offered: no activity waits
        if is_terminal(ATTEMPT, work.attempt.state):
            await self._orchestrator.complete_job(work.attempt.task_token, outcome_of(work.attempt))

    async def _report_run(self, payload: dict[str, Any]) -> None:
        async with self._core.database.read() as tx:
            run = await find_run(tx, payload["run_id"])
        if run is not None:
            await self._orchestrator.report_run(order_of_report(self._core.settings, run))

    async def _obey_command(self, payload: dict[str, Any]) -> None:
        command = CommandRef(
            delivery_id=payload["delivery_id"],
            heartbeat_timeout_seconds=self._core.settings.forge_heartbeat_timeout_seconds,
        )
        await self._orchestrator.obey_command(command)

    async def _register_build(self, payload: dict[str, Any]) -> None:
        """An artifact that takes long to look at must not make all other effects wait."""
        try:
            await register_run(self._core, self._inspector, payload["run_id"])
        except UnavailableError as error:
            raise NotYetError(error.message) from error

    async def _deliver_notification(self, payload: dict[str, Any]) -> None:
        order = order_of_delivery(self._core.settings, payload["notification_id"])
        await self._orchestrator.deliver_notification(order)
