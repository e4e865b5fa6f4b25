"""Find open deployments that no workflow looks after, and put them right; see runs.reconcile."""

from datetime import timedelta

import structlog

from deltaci.core import Core
from deltaci.deployments.cancel import cancel_from_outside
from deltaci.deployments.settle import settle
from deltaci.effects.ports import Orchestrator, Standing
from deltaci.states import DeploymentState
from deltaci.store.deployments import Ours, note_on_intent, untouched_since
from deltaci.store.outbox import EffectKind, promise
from deltaci.wire.deployment_orders import DeploymentEnding, Trouble

BATCH = 50
ACTOR = "reconciler"
STOPPED = "its workflow was stopped in Temporal; its engine may still be at work"
BROKEN = "its workflow failed; see Temporal"

log = structlog.get_logger(__name__)


async def reconcile_deployments(core: Core, orchestrator: Orchestrator) -> int:
    """Look after one batch of deployments that nothing touched for `reconcile_quiet_seconds`.

    Returns how many had lost their workflow.
    """
    patience = timedelta(seconds=core.settings.reconcile_quiet_seconds)
    async with core.database.read() as tx:
        quiet = await untouched_since(tx, core.clock() - patience, BATCH)
    return sum([await _look_after(core, orchestrator, ours) for ours in quiet])


async def _look_after(core: Core, orchestrator: Orchestrator, ours: Ours) -> bool:
    """Put one right if it needs that; one that cannot be now delays none of the others."""
    try:
        standing = await orchestrator.standing(ours.intent.workflow_id)
        if standing is Standing.STOPPED:
            await _end_stopped(core, ours)
        elif standing is Standing.FAILED:
            trouble = Trouble(category="INFRASTRUCTURE", summary=BROKEN)
            await settle(core, _ending(ours, DeploymentState.FAILED, trouble=trouble))
        async with core.database.write() as tx:
            now = core.clock()
            await note_on_intent(tx, ours.row.id, asked_after_at=now)
            if standing is Standing.UNKNOWN:
                await promise(tx, EffectKind.START_DEPLOYMENT, {"deployment_id": ours.row.id}, now)
    except Exception:
        log.exception("deployment_not_reconciled", deployment_id=ours.row.id)
        return False
    return standing is not Standing.OPEN


async def _end_stopped(core: Core, ours: Ours) -> None:
    """An operator who stops a workflow wants the deployment canceled."""
    await cancel_from_outside(core, ACTOR, ours.row.id)
    await settle(core, _ending(ours, DeploymentState.CANCELED, reason=STOPPED))


def _ending(
    ours: Ours, wanted: DeploymentState, *, reason: str = "", trouble: Trouble | None = None
) -> DeploymentEnding:
    return DeploymentEnding(
        deployment_id=ours.row.id, wanted=wanted, reason=reason, trouble=trouble
    )
