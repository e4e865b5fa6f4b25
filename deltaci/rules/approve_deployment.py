"""Approve or reject a deployment of ours, and see how that stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from deltaci.core import Core
from deltaci.errors import RoleForbiddenError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.rules.sign_off import Said, Subject, is_rejected, take_sign_off
from deltaci.store.approvals import approvals_of
from deltaci.store.database import Transaction
from deltaci.store.tables import Approval
from deltaci.wire.approvals import ApprovalVerdict, SubjectKind

GO_AHEAD = "deployment"
"""The type of a deployment's approvals: there is but one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a deployment's approval needs; its requester never counts."""

    deployment_id: str
    requested_by: str
    approver_roles: Sequence[str]
    required: int
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the approvals of a deployment stand."""

    approvals: Sequence[Approval]
    required: int

    @property
    def approved_by(self) -> list[str]:
        """Return who has approved."""
        return [each.actor for each in self.approvals if each.verdict == ApprovalVerdict.APPROVED]

    @property
    def is_rejected(self) -> bool:
        """Whether somebody has rejected it: that is final."""
        return is_rejected(self.approvals)

    @property
    def is_approved(self) -> bool:
        """Whether enough people have approved and nobody has rejected."""
        return not self.is_rejected and len(self.approved_by) >= self.required


async def approve(
    tx: Transaction,
    core: Core,
    caller: Principal,
    wanted: Wanted,
    verdict: ApprovalVerdict,
    comments: str = "",
) -> tuple[Standing, bool]:
    """Store the caller's verdict; returns how it stands then, and whether anything is new.

    Call it while the deployment's row is held, so that of two at once the later sees the earlier.
    Raises RoleForbiddenError, ForbiddenError for the requester, and InvalidStateError for who has
    said otherwise and for approving what was rejected.
    """
    role = _role_of(caller, wanted.approver_roles)
    given = await approvals_of(tx, SubjectKind.DEPLOYMENT, [wanted.deployment_id])
    selves = frozenset({wanted.requested_by})
    subject = Subject(
        SubjectKind.DEPLOYMENT, wanted.deployment_id, GO_AHEAD, wanted.environment, selves
    )
    said = Said(caller, role, verdict, comments)
    row, is_new = await take_sign_off(tx, core, subject, said, given)
    return Standing([*given, row] if is_new else given, wanted.required), is_new


async def standing_of(tx: Transaction, deployment_id: str, required: int) -> Standing:
    """Read how the approvals of a deployment stand."""
    given = await approvals_of(tx, SubjectKind.DEPLOYMENT, [deployment_id])
    return Standing(given, required)


def _role_of(caller: Principal, approver_roles: Sequence[str]) -> Role:
    """Return the role that the caller approves with; admins have every role of a person."""
    named = [role for role in Role if role in approver_roles]
    if held := next((role for role in named if role in caller.roles), None):
        return held
    if Role.ADMIN in caller.roles:
        return Role.ADMIN
    raise RoleForbiddenError(needs_one_of=sorted(approver_roles))
