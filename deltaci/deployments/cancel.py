"""Ask a deployment to stop, at whatever point it is."""

from deltaci.core import Core
from deltaci.deployments.asker import asker_of
from deltaci.deployments.gates import Verdict
from deltaci.deployments.record import decision_of
from deltaci.deployments.scope import hold_own
from deltaci.deployments.settle import settle_held
from deltaci.deployments.view import view_of
from deltaci.deployments.wake import CANCEL, wake
from deltaci.errors import InvalidStateError
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.identity.principal import Principal
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import note_decision, note_moment
from deltaci.store.deployments import Ours, hold_deployment, note_on_intent
from deltaci.wire.deployment_orders import DeploymentEnding
from deltaci.wire.deployment_views import DeploymentView


async def cancel_deployment(core: Core, caller: Principal, deployment_id: str) -> DeploymentView:
    """Cancel a deployment: at once while it waits, else as soon as its engine has stopped.

    Doing so again changes nothing. An engine that has finished before it could stop has deployed,
    and then the deployment has succeeded. Raises NotFoundError, NotOfGroupError, and
    InvalidStateError once it has ended in another way.
    """
    await require_mutations_enabled(core)
    async with core.database.write() as tx:
        ours = await hold_own(tx, caller, deployment_id)
        await _cancel(tx, core, ours, caller.id)
    return view_of(ours, asker_of(caller))


async def cancel_from_outside(core: Core, actor: str, deployment_id: str) -> None:
    """Cancel on behalf of whoever stopped the workflow; too late is fine."""
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is not None and ours.row.state in DEPLOYMENT_OPEN:
            await _cancel(tx, core, ours, actor)


async def _cancel(tx: Transaction, core: Core, ours: Ours, actor: str) -> None:
    if ours.row.state is DeploymentState.CANCELED:
        return
    if ours.row.state not in DEPLOYMENT_OPEN:
        raise InvalidStateError("the deployment has ended already", state=ours.row.state)
    now = core.clock()
    if ours.intent.cancel_requested_by is None:
        ours.intent.cancel_requested_by = actor
        await note_on_intent(tx, ours.row.id, cancel_requested_by=actor)
        await note_moment(tx, ours.row.id, "cancel_requested", actor, now)
        note_decision(tx, decision_of(ours, "cancel", actor, Verdict(), now))
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.DEPLOYMENT_CANCEL_REQUESTED,
            subject_kind="deployment",
            subject_id=ours.row.id,
            at=now,
            service=ours.row.product,
            environment=ours.row.environment,
            delivery_group_id=ours.intent.group_id,
        )
    if ours.row.state is DeploymentState.PENDING:
        ending = DeploymentEnding(deployment_id=ours.row.id, wanted=DeploymentState.CANCELED)
        await settle_held(tx, core, ours, ending)
    await wake(tx, ours, CANCEL, now)
