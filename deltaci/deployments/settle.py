"""End a deployment: its state, and all that follows from it, in one transaction."""

from datetime import datetime
from typing import Any

from deltaci.core import Core
from deltaci.deployments.admit import ACTOR
from deltaci.deployments.finish_rollback import note_failed_rollback, undo_original
from deltaci.deployments.roll_back_automatically import roll_back_automatically
from deltaci.deployments.tell import tell
from deltaci.deployments.wake import wake_waiting
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.deployment_history import current_of
from deltaci.store.deployment_locks import pin_of, release_lock, unpin
from deltaci.store.deployment_records import note_moment
from deltaci.store.deployments import (
    Ours,
    hold_deployment,
    hold_group,
    note_on_intent,
    supersede_earlier,
)
from deltaci.store.transitions import Moment, move_deployment
from deltaci.wire.deployment_orders import DeploymentEnding, DeploymentOutcome
from deltaci.wire.deployments import Change, DeploymentKind

KEYS = {
    DeploymentState.SUCCEEDED: "succeeded",
    DeploymentState.FAILED: "failed",
    DeploymentState.CANCELED: "canceled",
}


async def settle(core: Core, ending: DeploymentEnding) -> DeploymentOutcome:
    """End a deployment as its workflow asks; one that has ended already stays as it is."""
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, ending.deployment_id)
        if ours is None:
            return DeploymentOutcome(
                deployment_id=ending.deployment_id, state=DeploymentState.CANCELED
            )
        await settle_held(tx, core, ours, ending)
    return DeploymentOutcome(deployment_id=ours.row.id, state=ours.row.state)


async def settle_held(tx: Transaction, core: Core, ours: Ours, ending: DeploymentEnding) -> None:
    """The same for a deployment that the transaction holds."""
    if ours.row.state not in DEPLOYMENT_OPEN:
        return
    now, before = core.clock(), ours.row.state
    await hold_group(tx, ours.intent.group_id)
    target = _target(ours, ending)
    actor = ours.intent.cancel_requested_by or ACTOR
    failures = _failures(ending, now) if target is DeploymentState.FAILED else []
    await move_deployment(
        tx,
        ours.row,
        target,
        Moment(actor, now, _reason(ours, ending, target)),
        deployed_at=now,
        change=await _change(tx, ours) if target is DeploymentState.SUCCEEDED else None,
    )
    ours.intent.failures = failures
    ours.intent.waits_for = None
    await note_on_intent(tx, ours.row.id, failures=failures, waits_for=None)
    await note_moment(tx, ours.row.id, KEYS[target], actor, now, reason=ours.row.state_reason)
    await release_lock(tx, ours.row.id)
    tell(tx, ours, now, before)
    await _follow_up(tx, core, ours, before)
    await wake_waiting(tx, ours, now)


def _target(ours: Ours, ending: DeploymentEnding) -> DeploymentState:
    """What was canceled before it began has not failed."""
    began = ours.row.state is not DeploymentState.PENDING
    if ours.intent.cancel_requested_by and not began:
        return DeploymentState.CANCELED
    return ending.wanted


def _reason(ours: Ours, ending: DeploymentEnding, target: DeploymentState) -> str:
    if ending.reason:
        return ending.reason
    if ending.trouble:
        return ending.trouble.summary
    by = ours.intent.cancel_requested_by
    return f"canceled by {by}" if target is DeploymentState.CANCELED and by else ""


def _failures(ending: DeploymentEnding, now: datetime) -> list[dict[str, Any]]:
    trouble = ending.trouble
    told = {
        "category": trouble.category if trouble else "UNKNOWN",
        "summary": trouble.summary if trouble else ending.reason or "it failed",
        "detail": trouble.detail if trouble else None,
        "actionHint": trouble.action_hint if trouble else None,
        "observedAt": now.isoformat(),
    }
    return [{name: value for name, value in told.items() if value is not None}]


async def _change(tx: Transaction, ours: Ours) -> Change:
    previous = await current_of(tx, ours.row.product, ours.row.environment, but=ours.row.id)
    if previous is None:
        return Change.FIRST
    if previous.version == ours.row.version:
        return Change.REDEPLOY
    restores = ours.intent.kind is DeploymentKind.ROLLBACK
    return Change.ROLLBACK if restores else Change.ROLL_FORWARD


async def _follow_up(tx: Transaction, core: Core, ours: Ours, before: DeploymentState) -> None:
    """Do what an outcome brings with it for other deployments."""
    restores = ours.intent.kind is DeploymentKind.ROLLBACK
    if ours.row.state is DeploymentState.SUCCEEDED:
        await supersede_earlier(tx, ours.row)
        if restores:
            await undo_original(tx, core, ours)
        else:
            await _release_pin(tx, core, ours)
    elif restores:
        await note_failed_rollback(tx, core, ours)
    elif ours.row.state is DeploymentState.FAILED and before is not DeploymentState.PENDING:
        await roll_back_automatically(tx, core, ours)


async def _release_pin(tx: Transaction, core: Core, ours: Ours) -> None:
    """Somebody has decided what runs there instead of what a rollback had restored."""
    row = ours.row
    if await pin_of(tx, row.product, row.environment):
        await unpin(tx, row.product, row.environment)
        await note_moment(tx, row.id, "pin_released", row.created_by, core.clock())
