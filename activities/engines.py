"""Activities that call engines, and look at what was deployed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from deltaci.core import Core
from deltaci.deployments.carry_out import ask_engine, start_engine, stop_engine
from deltaci.deployments.checks import CommandRunner, check_command, probe_of, stop_command
from deltaci.engines.port import Engines, EngineUnavailableError
from deltaci.engines.probe import Prober
from deltaci.wire.deployment_orders import DeploymentRef, EngineStanding, ProbeOutcome


@contextmanager
def told_by_engine() -> Iterator[None]:
    """Turn the port's errors into Temporal's, with the wait that the engine wants."""
    try:
        yield
    except EngineUnavailableError as error:
        wait = error.retry_after_seconds
        delay = None if wait is None else timedelta(seconds=wait)
        raise ApplicationError(
            error.message, type="EngineUnavailable", next_retry_delay=delay
        ) from error


class EngineActivities:
    """Has engines carry deployments out."""

    def __init__(
        self, core: Core, engines: Engines, prober: Prober, commands: CommandRunner
    ) -> None:
        self._core = core
        self._engines = engines
        self._prober = prober
        self._commands = commands

    @activity.defn
    async def start_engine(self, deployment: DeploymentRef) -> EngineStanding:
        """Have the engine begin; repeating it begins nothing new."""
        with told_by_engine():
            return await start_engine(self._core, self._engines, deployment.deployment_id)

    @activity.defn
    async def ask_engine(self, deployment: DeploymentRef) -> EngineStanding:
        """Ask how far the engine is."""
        with told_by_engine():
            return await ask_engine(self._core, self._engines, deployment.deployment_id)

    @activity.defn
    async def stop_engine(self, deployment: DeploymentRef) -> EngineStanding:
        """Ask the engine to stop."""
        with told_by_engine():
            return await stop_engine(self._core, self._engines, deployment.deployment_id)

    @activity.defn
    async def probe_deployment(self, deployment: DeploymentRef) -> ProbeOutcome:
        """Look once at what was deployed."""
        probe = await probe_of(self._core, deployment.deployment_id)
        if probe is None:
            return ProbeOutcome(ok=True)
        result = await self._prober.probe_once(probe)
        return ProbeOutcome(ok=result.healthy, detail=result.detail)

    @activity.defn
    async def check_command(self, deployment: DeploymentRef) -> EngineStanding:
        """Have the verification command run, once, and say how far it is."""
        with told_by_engine():
            return await check_command(self._core, self._commands, deployment.deployment_id)

    @activity.defn
    async def stop_command(self, deployment: DeploymentRef) -> EngineStanding:
        """Stop the verification command."""
        with told_by_engine():
            return await stop_command(self._core, self._commands, deployment.deployment_id)
