"""Read deployment requests, and how far their versions are."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.rules.approve_version import view_of
from deltaci.rules.approvers import approver_roles
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store import requests as store
from deltaci.store.approvals import approvals_of
from deltaci.store.database import Transaction
from deltaci.store.tables import (
    Approval,
    Deployment,
    DeploymentRequest,
    RequestSlot,
    RequestStep,
)
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict, SubjectKind
from deltaci.wire.requests import (
    Item,
    Phase,
    Progress,
    ProgressList,
    ProgressView,
    RequestPage,
    RequestSummary,
    RequestView,
    SlotView,
    StepView,
)


async def list_requests(
    core: Core, wanted: store.RequestFilter, *, limit: int, cursor: str
) -> RequestPage:
    """Read one page, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_requests(tx, wanted, limit=limit, cursor=cursor)
    return RequestPage(items=[_summary(row) for row in rows], next_cursor=following)


async def read_request(core: Core, request_id: str) -> RequestView:
    """Read a request with what belongs to it. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.get_request(tx, request_id)
        if row is None:
            raise NotFoundError
        return await request_view(tx, row)


async def read_progress(core: Core, request_id: str) -> ProgressList:
    """Say of each version and environment how far the newest deployment is."""
    async with core.database.read() as tx:
        row = await store.get_request(tx, request_id)
        if row is None:
            raise NotFoundError
        items = (await store.parts_of(tx, [row.id])).items
        latest = await store.latest_deployments(tx, items, row.environments)
    return ProgressList(
        items=[
            ProgressView(
                product_name=item.product,
                version=item.version,
                environment_name=name,
                progress=_progress(latest.get((item.product, name))),
                deployment_id=_id_of(latest.get((item.product, name))),
            )
            for item in items
            for name in row.environments
        ]
    )


async def request_view(tx: Transaction, row: DeploymentRequest) -> RequestView:
    """Show a request with what belongs to it."""
    await tx.flush()
    parts = await store.parts_of(tx, [row.id])
    given = await approvals_of(tx, SubjectKind.REQUEST_SLOT, [slot.id for slot in parts.slots])
    return RequestView(
        **_summary(row).model_dump(),
        items=[Item(product_name=item.product, version=item.version) for item in parts.items],
        slots=[_slot_view(slot, given) for slot in parts.slots],
        steps=[_step_view(step) for step in parts.steps],
    )


def slot_status(given: Sequence[Approval]) -> str:
    """Say what was said in a slot: a rejection counts before all approvals."""
    verdicts = {each.verdict for each in given}
    if ApprovalVerdict.REJECTED in verdicts:
        return ApprovalVerdict.REJECTED.value
    return ApprovalVerdict.APPROVED.value if verdicts else "pending"


def _summary(row: DeploymentRequest) -> RequestSummary:
    return RequestSummary(
        id=row.id,
        name=row.name,
        description=row.description,
        status=row.state,
        environments=row.environments,
        template_id=row.template_id,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        activated_at=row.activated_at,
        ended_at=row.ended_at,
    )


def _slot_view(slot: RequestSlot, given: Sequence[Approval]) -> SlotView:
    said = [each for each in given if each.subject_id == slot.id]
    kind = ApprovalType(slot.approval_type)
    return SlotView(
        id=slot.id,
        approval_type=kind,
        required=slot.required,
        status=slot_status(said),
        approver_roles=approver_roles([kind], SubjectKind.REQUEST_SLOT),
        approvals=[view_of(each) for each in said],
    )


def _step_view(step: RequestStep) -> StepView:
    return StepView(
        id=step.id,
        phase=Phase(step.phase),
        title=step.title,
        done_by=step.done_by,
        done_at=step.done_at,
    )


def _progress(deployment: Deployment | None) -> Progress:
    if deployment is None:
        return Progress.NOT_DEPLOYED
    if deployment.state in DEPLOYMENT_OPEN:
        return Progress.IN_PROGRESS
    ended = {
        DeploymentState.SUCCEEDED: Progress.DEPLOYED,
        DeploymentState.FAILED: Progress.FAILED,
    }
    return ended.get(deployment.state, Progress.NOT_DEPLOYED)


def _id_of(deployment: Deployment | None) -> str | None:
    return deployment.id if deployment else None
