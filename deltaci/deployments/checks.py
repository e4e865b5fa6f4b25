"""What is looked at once a deployment has been carried out, as its recipe said then."""

from collections.abc import Sequence
from typing import Protocol

from deltaci.core import Core
from deltaci.deployments.carry_out import failed, order_for, standing_of
from deltaci.engines.port import EngineOrder, EngineRefusedError, Execution, Progress
from deltaci.store.deployments import find_deployment
from deltaci.wire.deployment_orders import EngineStanding
from deltaci.wire.recipes import Probe, RecipeSpec, Verification


class CommandRunner(Protocol):
    """Has a recipe's verification command run, once for each deployment."""

    async def verify(self, order: EngineOrder, command: Sequence[str]) -> Execution:
        """Begin, or find what an equal order began."""
        ...

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:
        """Say how far it is."""
        ...

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:
        """Stop it."""
        ...


async def probe_of(core: Core, deployment_id: str) -> Probe | None:
    """Return what a deployment's recipe probes, if anything."""
    return (await _verification(core, deployment_id)).probe


async def check_command(core: Core, runner: CommandRunner, deployment_id: str) -> EngineStanding:
    """Have the verification command run, and say how far it is. Raises EngineUnavailableError."""
    command = (await _verification(core, deployment_id)).command or ()
    order = await order_for(core, deployment_id)
    try:
        execution = await runner.verify(order, command)
    except EngineRefusedError as refusal:
        return failed(refusal.failure)
    return standing_of(await runner.poll(order, execution))


async def stop_command(core: Core, runner: CommandRunner, deployment_id: str) -> EngineStanding:
    """Stop a verification command that was begun. Raises EngineUnavailableError."""
    command = (await _verification(core, deployment_id)).command or ()
    order = await order_for(core, deployment_id)
    execution = await runner.verify(order, command)
    await runner.cancel(order, execution)
    return standing_of(await runner.poll(order, execution))


async def _verification(core: Core, deployment_id: str) -> Verification:
    async with core.database.read() as tx:
        ours = await find_deployment(tx, deployment_id)
    return RecipeSpec.model_validate(ours.intent.recipe if ours else {}).verification
