"""A deployment that its engine has carried out is ACTIVE while it is verified."""

from deltaci.core import Core
from deltaci.deployments.admit import ACTOR
from deltaci.states import DeploymentState
from deltaci.store.deployment_records import note_moment
from deltaci.store.deployments import hold_deployment
from deltaci.store.transitions import Moment, move_deployment


async def begin_verification(core: Core, deployment_id: str) -> None:
    """Note that the engine has ended well; too late, or again, changes nothing."""
    now = core.clock()
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is None or ours.row.state is not DeploymentState.IN_PROGRESS:
            return
        await move_deployment(tx, ours.row, DeploymentState.ACTIVE, Moment(ACTOR, now))
        await note_moment(tx, deployment_id, "active", ACTOR, now)
