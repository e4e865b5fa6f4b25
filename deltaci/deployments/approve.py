"""Approve of a deployment that waits for it, or reject it."""

from datetime import datetime

from deltaci.core import Core
from deltaci.deployments.asker import asker_of, is_owner, owners_of
from deltaci.deployments.gates import Verdict
from deltaci.deployments.record import decision_of
from deltaci.deployments.refusals import NotOfGroupError, RoleMayNotDeployError, SelfApprovalError
from deltaci.deployments.settle import settle_held
from deltaci.deployments.view import view_of
from deltaci.deployments.wake import CHANGED, wake
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.ids import new_uid
from deltaci.states import DeploymentState
from deltaci.store import audit
from deltaci.store.approvals import claim_approval
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import SUBJECT, approvals_of, note_decision, note_moment
from deltaci.store.deployments import Ours, hold_deployment
from deltaci.store.placements import Placement, find_placement
from deltaci.store.tables import Approval
from deltaci.wire.deployment_intents import ApproveDeployment
from deltaci.wire.deployment_orders import DeploymentEnding
from deltaci.wire.deployment_views import DeploymentView

APPROVED, REJECTED = "approved", "rejected"


async def approve_deployment(
    core: Core, caller: Principal, deployment_id: str, request: ApproveDeployment
) -> DeploymentView:
    """Give one's word about a deployment: once, and not about one's own; a rejection ends it.

    Raises NotFoundError, SelfApprovalError, RoleMayNotDeployError, NotOfGroupError, and
    InvalidStateError when it does not wait any more, or when the caller has said otherwise before.
    """
    await require_mutations_enabled(core)
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is None:
            raise NotFoundError(f"no deployment {deployment_id!r}")
        role = _role(caller, ours, await find_placement(tx, ours.row.product, ours.row.environment))
        now = core.clock()
        if await _is_repeated(tx, ours, caller, request):
            return view_of(ours, asker_of(caller))
        if ours.row.state is not DeploymentState.PENDING:
            raise InvalidStateError("the deployment waits for nobody", state=ours.row.state)
        await claim_approval(tx, _approval(ours, caller, role, request, now))
        await _remember(tx, ours, caller, request, now)
        if request.verdict == REJECTED:
            reason = f"rejected by {caller.id}"
            ending = DeploymentEnding(
                deployment_id=ours.row.id, wanted=DeploymentState.CANCELED, reason=reason
            )
            await settle_held(tx, core, ours, ending)
        await wake(tx, ours, CHANGED, now)
    return view_of(ours, asker_of(caller))


def _role(caller: Principal, ours: Ours, placement: Placement) -> Role:
    """Return the role with which the caller may speak: an owner's counts for its own groups."""
    if caller.id == ours.row.created_by:
        raise SelfApprovalError
    roles = [role for role in placement.guardrails.approver_roles if caller.may_act_as(role)]
    if not roles:
        raise RoleMayNotDeployError(needs_one_of=list(placement.guardrails.approver_roles))
    owners = owners_of(placement.group.owner) if placement.group else frozenset()
    is_admin = Role.ADMIN in caller.roles
    for role in roles:
        if role is not Role.DELIVERY_OWNER or is_admin or is_owner(asker_of(caller), owners):
            return role
    raise NotOfGroupError(delivery_group_id=ours.intent.group_id)


async def _is_repeated(
    tx: Transaction, ours: Ours, caller: Principal, request: ApproveDeployment
) -> bool:
    said = [vote for vote in await approvals_of(tx, ours.row.id) if vote.actor == caller.id]
    if said and said[0].verdict != request.verdict:
        raise InvalidStateError(f"you have {said[0].verdict} it before", verdict=said[0].verdict)
    return bool(said)


def _approval(
    ours: Ours, caller: Principal, role: Role, request: ApproveDeployment, now: datetime
) -> Approval:
    return Approval(
        id=new_uid(),
        subject_kind=SUBJECT,
        subject_id=ours.row.id,
        approval_type=SUBJECT,
        approver_role=role,
        verdict=request.verdict,
        environment=ours.row.environment,
        comments=request.comments,
        actor=caller.id,
        actor_email=caller.email[:255],
        at=now,
    )


async def _remember(
    tx: Transaction, ours: Ours, caller: Principal, request: ApproveDeployment, now: datetime
) -> None:
    votes = len(await approvals_of(tx, ours.row.id))
    key = f"{request.verdict}-{votes}"
    await note_moment(tx, ours.row.id, key, caller.id, now, comments=request.comments)
    note_decision(tx, decision_of(ours, "approval", caller.id, Verdict(), now))
    approved = request.verdict == APPROVED
    audit.record(
        tx,
        actor=caller.id,
        action=audit.Action.DEPLOYMENT_APPROVED if approved else audit.Action.DEPLOYMENT_REJECTED,
        subject_kind="deployment",
        subject_id=ours.row.id,
        at=now,
        service=ours.row.product,
        version=ours.row.version,
        environment=ours.row.environment,
        delivery_group_id=ours.intent.group_id,
    )
