"""Sign a version off, or reject it, and read what was said of it."""

from typing import Any

from deltaci.core import Core
from deltaci.errors import ForbiddenError, NotFoundError
from deltaci.identity.principal import Principal
from deltaci.rules.approvers import approver_roles, role_to_approve
from deltaci.rules.sign_off import Said, Subject, take_sign_off
from deltaci.store.announcements import News, announce
from deltaci.store.approvals import approvals_of
from deltaci.store.catalog import get_version
from deltaci.store.database import Transaction
from deltaci.store.tables import Approval, Version
from deltaci.wire.approvals import (
    ApprovalList,
    ApprovalVerdict,
    ApprovalView,
    SignOff,
    SubjectKind,
)

VERSION_APPROVED = "version.approved"


async def approve_version(
    core: Core, caller: Principal, version_id: str, request: SignOff
) -> tuple[ApprovalView, bool]:
    """Store the caller's verdict; returns it, and whether it is new.

    Raises ForbiddenError without a role for this type, NotFoundError, and InvalidStateError for who
    has said otherwise and for approving what was rejected.
    """
    kind = request.approval_type
    role = role_to_approve(caller.roles, kind, SubjectKind.VERSION)
    if role is None:
        raise ForbiddenError(needs_one_of=approver_roles([kind], SubjectKind.VERSION))
    environment = request.environment_name or ""
    subject = Subject(SubjectKind.VERSION, version_id, kind, environment)
    said = Said(caller, role, request.verdict, request.comments)
    async with core.database.write() as tx:
        version = await get_version(tx, version_id, hold=True)
        if version is None:
            raise NotFoundError
        given = await approvals_of(tx, SubjectKind.VERSION, [version_id])
        row, is_new = await take_sign_off(tx, core, subject, said, given)
        if is_new and request.verdict is ApprovalVerdict.APPROVED:
            announce(tx, _news(version, row), row.at)
    return view_of(row), is_new


async def list_version_approvals(core: Core, version_id: str) -> ApprovalList:
    """Read everything that was said of a version, oldest first. Raises NotFoundError."""
    async with core.database.read() as tx:
        await _require(tx, version_id)
        rows = await approvals_of(tx, SubjectKind.VERSION, [version_id])
    return ApprovalList(items=[view_of(row) for row in rows])


def view_of(row: Approval) -> ApprovalView:
    """Show a sign-off."""
    return ApprovalView(
        id=row.id,
        approval_type=row.approval_type,
        approver_role=row.approver_role,
        verdict=ApprovalVerdict(row.verdict),
        environment_name=row.environment or None,
        comments=row.comments or None,
        actor=row.actor,
        actor_email=row.actor_email or None,
        at=row.at,
    )


async def _require(tx: Transaction, version_id: str) -> None:
    if await get_version(tx, version_id) is None:
        raise NotFoundError


def _news(version: Version, row: Approval) -> News:
    payload: dict[str, Any] = {
        "version_id": version.id,
        "product_name": version.product,
        "version": version.version,
        "approval_type": row.approval_type,
        "approver_role": row.approver_role,
        "environment_name": row.environment or None,
        "comments": row.comments or None,
        "actor": row.actor,
    }
    return News(
        event_type=VERSION_APPROVED,
        subject_kind="version",
        subject_id=version.id,
        product=version.product,
        version=version.version,
        environment=row.environment or None,
        status="approved",
        payload=payload,
    )
