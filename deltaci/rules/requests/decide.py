"""Approve or reject a slot of a deployment request, and tick its steps."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import ForbiddenError, NotFoundError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.rules.approvers import approver_roles, role_to_approve
from deltaci.rules.gather import rule_of
from deltaci.rules.requests.move import ACTIVE
from deltaci.rules.requests.open import Held, held
from deltaci.rules.requests.show import request_view, slot_status
from deltaci.rules.sign_off import Said, Subject, take_sign_off
from deltaci.states import RequestState
from deltaci.store.approvals import approvals_of
from deltaci.store.requests import Parts, parts_of
from deltaci.store.rules import rules_that_count
from deltaci.store.tables import Approval, RequestSlot
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict, SubjectKind
from deltaci.wire.requests import RequestView
from deltaci.wire.rules import RequestApprovalConfig, RuleStatus

APPROVED, REJECTED = "dr.approved", "dr.rejected"


async def decide_slot(
    core: Core,
    caller: Principal,
    request_id: str,
    slot_id: str,
    verdict: ApprovalVerdict,
    comments: str = "",
) -> RequestView:
    """Sign a slot off, or reject the whole request. The last sign-off needed approves the request.

    Saying the same again changes nothing. Raises NotFoundError, ForbiddenError without a role for
    this type or where a rule forbids the request's writer, and InvalidStateError.
    """
    async with held(core, caller.id, request_id) as request:
        parts = await parts_of(request.tx, [request_id])
        slot = next((each for each in parts.slots if each.id == slot_id), None)
        if slot is None:
            raise NotFoundError
        role = _role_of(caller, slot)
        given = await approvals_of(
            request.tx, SubjectKind.REQUEST_SLOT, [each.id for each in parts.slots]
        )
        if not _has_said(given, slot, caller, verdict):
            _require_open(request, verdict)
            selves = await _selves(request, parts, slot)
            subject = Subject(SubjectKind.REQUEST_SLOT, slot.id, slot.approval_type, selves=selves)
            said = Said(caller, role, verdict, comments)
            row, _ = await take_sign_off(request.tx, core, subject, said, given)
            await _follow(request, parts, slot, row, given)
        return await request_view(request.tx, request.row)


async def tick_step(
    core: Core, actor: str, request_id: str, step_id: str, *, done: bool
) -> RequestView:
    """Say that a step of an active request is done, or is not; whoever was first has done it."""
    async with held(core, actor, request_id) as request:
        request.require(*ACTIVE)
        steps = (await parts_of(request.tx, [request_id])).steps
        step = next((each for each in steps if each.id == step_id), None)
        if step is None:
            raise NotFoundError
        if done is not (step.done_at is not None):
            step.done_by = actor if done else None
            step.done_at = core.clock() if done else None
            request.changed("step", step=step.title, done=done)
        return await request_view(request.tx, request.row)


def _role_of(caller: Principal, slot: RequestSlot) -> Role:
    kind = ApprovalType(slot.approval_type)
    role = role_to_approve(caller.roles, kind, SubjectKind.REQUEST_SLOT)
    if role is None:
        raise ForbiddenError(needs_one_of=approver_roles([kind], SubjectKind.REQUEST_SLOT))
    return role


def _has_said(
    given: Sequence[Approval], slot: RequestSlot, caller: Principal, verdict: ApprovalVerdict
) -> bool:
    return any(
        each.subject_id == slot.id and each.actor == caller.id and each.verdict == verdict
        for each in given
    )


def _require_open(request: Held, verdict: ApprovalVerdict) -> None:
    """A request that is approved may still be given sign-offs that it did not need."""
    states = ACTIVE if verdict is ApprovalVerdict.APPROVED else (RequestState.IN_PROGRESS,)
    request.require(*states)


async def _selves(request: Held, parts: Parts, slot: RequestSlot) -> frozenset[str]:
    """Return whose own matter the slot is: the writer's, where a rule forbids self-approval."""
    products = {item.product for item in parts.items}
    for row in await rules_that_count(request.tx):
        rule = rule_of(row)
        config = rule.config
        if (
            isinstance(config, RequestApprovalConfig)
            and config.forbid_self_approval
            and rule.status is RuleStatus.ENABLED
            and slot.approval_type in config.required_types
            and (not rule.products or rule.products & products)
            and (not rule.environments or rule.environments & set(request.row.environments))
        ):
            return frozenset({request.row.created_by})
    return frozenset()


async def _follow(
    request: Held, parts: Parts, slot: RequestSlot, row: Approval, given: Sequence[Approval]
) -> None:
    """Do what follows from a new verdict in a slot, and tell of it once for each slot."""
    before = slot_status([each for each in given if each.subject_id == slot.id])
    rejected = row.verdict == ApprovalVerdict.REJECTED
    if rejected:
        await request.move(RequestState.REJECTED)
    elif request.row.state is RequestState.IN_PROGRESS and _all_signed(parts, [*given, row]):
        await request.move(RequestState.APPROVED)
    if before == row.verdict:
        return
    request.announce(
        REJECTED if rejected else APPROVED,
        approval_type=row.approval_type,
        approver_role=row.approver_role,
        slot_status=row.verdict,
        comments=row.comments or None,
    )


def _all_signed(parts: Parts, given: Sequence[Approval]) -> bool:
    return all(
        slot_status([each for each in given if each.subject_id == slot.id]) == "approved"
        for slot in parts.slots
        if slot.required
    )
