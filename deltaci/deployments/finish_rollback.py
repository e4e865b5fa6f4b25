"""What a rollback's end means for the deployment that it was to undo."""

from deltaci.core import Core
from deltaci.deployments.admit import ACTOR
from deltaci.states import DEPLOYMENT, DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.deployment_locks import pin
from deltaci.store.deployment_records import note_moment
from deltaci.store.deployments import Ours, hold_deployment, note_on_intent
from deltaci.store.tables import EnvironmentPin
from deltaci.store.transitions import Moment, move_deployment


async def undo_original(tx: Transaction, core: Core, rollback: Ours) -> None:
    """Mark the original ROLLED_BACK, and pin what was restored until somebody releases it."""
    now = core.clock()
    original_id = rollback.intent.rollback_of
    original = await hold_deployment(tx, original_id) if original_id else None
    if original is None:
        return
    if DeploymentState.ROLLED_BACK in DEPLOYMENT[original.row.state]:
        why = f"rolled back to {rollback.row.version}"
        await move_deployment(
            tx, original.row, DeploymentState.ROLLED_BACK, Moment(ACTOR, now, why)
        )
    await note_on_intent(tx, original.row.id, rolled_back_by=rollback.row.id)
    await note_moment(
        tx, original.row.id, "rollback_succeeded", ACTOR, now, rollback_id=rollback.row.id
    )
    wanted = EnvironmentPin(
        product=rollback.row.product,
        environment=rollback.row.environment,
        deployment_id=rollback.row.id,
        version=rollback.row.version,
        reason=f"{original.row.version} was rolled back",
        pinned_by=rollback.row.created_by,
        pinned_at=now,
    )
    await pin(tx, wanted)


async def note_failed_rollback(tx: Transaction, core: Core, rollback: Ours) -> None:
    """Tell in the original's timeline that its rollback came to nothing."""
    if original_id := rollback.intent.rollback_of:
        key = f"rollback_failed:{rollback.row.id}"
        details = {"rollback_id": rollback.row.id, "reason": rollback.row.state_reason}
        await note_moment(tx, original_id, key, ACTOR, core.clock(), **details)
