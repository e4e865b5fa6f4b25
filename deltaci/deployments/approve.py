"""Approve of a deployment that waits for it, or reject it."""

from datetime import datetime

from deltaci.core import Core
from deltaci.deployments.asker import asker_of, is_owner, owners_of
from deltaci.deployments.gates import Verdict
from deltaci.deployments.record import decision_of
from deltaci.deployments.refusals import NotOfGroupError, SelfApprovalError
from deltaci.deployments.settle import settle_held
from deltaci.deployments.view import view_of
from deltaci.deployments.wake import CHANGED, wake
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.rules.approve_deployment import Wanted, approve, standing_of
from deltaci.states import DeploymentState
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import note_decision, note_moment
from deltaci.store.deployments import Ours, hold_deployment
from deltaci.store.placements import Placement, find_placement
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.deployment_intents import ApproveDeployment
from deltaci.wire.deployment_orders import DeploymentEnding
from deltaci.wire.deployment_views import DeploymentView

ACTIONS = {
    ApprovalVerdict.APPROVED: audit.Action.DEPLOYMENT_APPROVED,
    ApprovalVerdict.REJECTED: audit.Action.DEPLOYMENT_REJECTED,
}


async def approve_deployment(
    core: Core, caller: Principal, deployment_id: str, request: ApproveDeployment
) -> DeploymentView:
    """Give one's word about a deployment: once, and no approval of one's own.

    Enough approvals let it begin, as soon as everything else does; a rejection ends it. Raises
    NotFoundError, SelfApprovalError, ForbiddenError, NotOfGroupError, and InvalidStateError when it
    waits for nobody any more, or the caller has said otherwise before.
    """
    await require_mutations_enabled(core)
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is None:
            raise NotFoundError(f"no deployment {deployment_id!r}")
        placement = await find_placement(tx, ours.row.product, ours.row.environment)
        _require_other(caller, ours, request)
        _require_scope(caller, ours, placement)
        await _require_pending(tx, ours, caller, request)
        guardrails = placement.guardrails
        wanted = Wanted(
            ours.row.id,
            ours.row.created_by,
            guardrails.approver_roles,
            guardrails.required_approvals,
            ours.row.environment,
        )
        standing, is_new = await approve(
            tx, core, caller, wanted, request.verdict, request.comments
        )
        if is_new:
            now = core.clock()
            number = len(standing.approvals)
            await _remember(tx, ours, caller, request, number, now)
            if standing.is_rejected:
                await _reject(tx, core, ours, caller)
            await wake(tx, ours, CHANGED, now)
    return view_of(ours, asker_of(caller))


def _require_other(caller: Principal, ours: Ours, request: ApproveDeployment) -> None:
    if caller.id == ours.row.created_by and request.verdict is ApprovalVerdict.APPROVED:
        raise SelfApprovalError


def _require_scope(caller: Principal, ours: Ours, placement: Placement) -> None:
    """A delivery owner speaks for the groups that name it; other roles speak for all."""
    roles = [role for role in placement.guardrails.approver_roles if role in caller.roles]
    if Role.ADMIN in caller.roles or roles != [Role.DELIVERY_OWNER]:
        return
    owners = owners_of(placement.group.owner) if placement.group else frozenset()
    if not is_owner(asker_of(caller), owners):
        raise NotOfGroupError(delivery_group_id=ours.intent.group_id)


async def _require_pending(
    tx: Transaction, ours: Ours, caller: Principal, request: ApproveDeployment
) -> None:
    """Only what waits can be approved of; saying again what one has said is always fine."""
    if ours.row.state is DeploymentState.PENDING:
        return
    given = (await standing_of(tx, ours.row.id, 0)).approvals
    said = [(each.actor, each.verdict) for each in given]
    if (caller.id, request.verdict) not in said:
        raise InvalidStateError("the deployment waits for nobody", state=ours.row.state)


async def _reject(tx: Transaction, core: Core, ours: Ours, caller: Principal) -> None:
    ending = DeploymentEnding(
        deployment_id=ours.row.id,
        wanted=DeploymentState.CANCELED,
        reason=f"rejected by {caller.id}",
    )
    await settle_held(tx, core, ours, ending)


async def _remember(
    tx: Transaction,
    ours: Ours,
    caller: Principal,
    request: ApproveDeployment,
    number: int,
    now: datetime,
) -> None:
    key = f"{request.verdict}:{number}"
    await note_moment(tx, ours.row.id, key, caller.id, now, comments=request.comments)
    note_decision(tx, decision_of(ours, "approval", caller.id, Verdict(), now))
    audit.record(
        tx,
        actor=caller.id,
        action=ACTIONS[request.verdict],
        subject_kind="deployment",
        subject_id=ours.row.id,
        at=now,
        service=ours.row.product,
        version=ours.row.version,
        environment=ours.row.environment,
        delivery_group_id=ours.intent.group_id,
    )
