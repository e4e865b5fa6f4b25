"""Hear an engine that says by itself how its work has ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from deltaci.core import Core
from deltaci.deployments.carry_out import standing_of
from deltaci.deployments.wake import CHANGED, wake
from deltaci.engines.port import EngineState, Progress
from deltaci.errors import UnauthorizedError
from deltaci.sealing import SealBrokenError
from deltaci.states import DEPLOYMENT_OPEN
from deltaci.store.deployments import find_deployment, hold_deployment, note_once
from deltaci.store.tables import DeployRecipe


class CallbackReader(Protocol):
    """Understands a call that is signed with a recipe's secret."""

    def __call__(
        self,
        secret: str,
        deployment_id: str,
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> Progress:
        """Return what the engine says of this deployment; raises for what is not signed."""
        ...


async def hear_engine(
    core: Core,
    read: CallbackReader,
    deployment_id: str,
    headers: Mapping[str, str],
    body: bytes,
) -> bool:
    """Note what the engine says, and have the workflow look; returns whether it counted.

    Only the first end that is told of an open deployment counts. Raises UnauthorizedError for a
    deployment whose recipe has no secret that could have signed, and whatever the reader raises.
    """
    secret = await _secret(core, deployment_id)
    if not secret:
        raise UnauthorizedError
    progress = read(secret, deployment_id, headers, body, core.clock())
    if progress.state is EngineState.RUNNING:
        return False
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is None or ours.row.state not in DEPLOYMENT_OPEN or ours.intent.engine_report:
            return False
        report = standing_of(progress).model_dump(mode="json")
        await note_once(tx, deployment_id, "engine_report", report)
        await wake(tx, ours, CHANGED, core.clock())
    return True


async def _secret(core: Core, deployment_id: str) -> str:
    async with core.database.read() as tx:
        ours = await find_deployment(tx, deployment_id)
        recipe = await tx.get(DeployRecipe, ours.intent.recipe_id) if ours else None
    if recipe is None or recipe.sealed_secret is None:
        return ""
    try:
        return core.seal.open(recipe.sealed_secret)
    except SealBrokenError:
        return ""
