"""Take somebody's sign-off, or rejection: one for each person, and a rejection is final.

This is shared by versions, slots of requests and deployments. What follows from it is the caller's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from deltaci.core import Core
from deltaci.errors import ForbiddenError, InvalidStateError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.ids import new_uid
from deltaci.store import audit
from deltaci.store.approvals import approvals_of, claim_approval
from deltaci.store.database import Transaction
from deltaci.store.tables import Approval
from deltaci.wire.approvals import ApprovalVerdict, SubjectKind


@dataclass(frozen=True, slots=True)
class Subject:
    """What is signed off, as what, and by whom it may not be."""

    kind: SubjectKind
    id: str
    approval_type: str
    environment: str = ""
    selves: frozenset[str] = frozenset()
    """Whose own matter it is, where they may not sign it off themselves."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller says, and in which role."""

    caller: Principal
    role: Role
    verdict: ApprovalVerdict
    comments: str = ""


async def take_sign_off(
    tx: Transaction, core: Core, subject: Subject, said: Said, given: Sequence[Approval]
) -> tuple[Approval, bool]:
    """Store it; returns it, and whether it is new. Saying the same again changes nothing.

    `given` is what was said of the subject so far. Raises ForbiddenError for one's own matter, and
    InvalidStateError for a person who has said otherwise, and for approving what was rejected.
    """
    caller = said.caller
    if caller.id in subject.selves and said.verdict is ApprovalVerdict.APPROVED:
        raise ForbiddenError("nobody signs off what is their own")
    earlier = [each for each in given if _is_about(each, subject)]
    if mine := next((each for each in earlier if each.actor == caller.id), None):
        return _unchanged(mine, said)
    if said.verdict is ApprovalVerdict.APPROVED and is_rejected(earlier):
        raise InvalidStateError("it was rejected, and a rejection is final")
    row = _row(core, subject, said)
    if not await claim_approval(tx, row):  # a repetition of this very call was faster
        rows = await approvals_of(tx, subject.kind, [subject.id])
        return _unchanged(_mine(rows, subject, caller), said)
    audit.record(
        tx,
        actor=caller.id,
        action=audit.Action.APPROVAL_GIVEN,
        subject_kind=subject.kind,
        subject_id=subject.id,
        at=row.at,
        approval_type=row.approval_type,
        approver_role=row.approver_role,
        verdict=row.verdict,
        environment=row.environment,
    )
    return row, True


def is_rejected(given: Collection[Approval]) -> bool:
    """Whether anybody has rejected it."""
    return any(each.verdict == ApprovalVerdict.REJECTED for each in given)


def _is_about(row: Approval, subject: Subject) -> bool:
    about: tuple[Any, ...] = (subject.kind, subject.id, subject.approval_type, subject.environment)
    return (row.subject_kind, row.subject_id, row.approval_type, row.environment) == about


def _mine(rows: Sequence[Approval], subject: Subject, caller: Principal) -> Approval:
    return next(each for each in rows if _is_about(each, subject) and each.actor == caller.id)


def _unchanged(mine: Approval, said: Said) -> tuple[Approval, bool]:
    if mine.verdict != said.verdict:
        raise InvalidStateError(f"you have said before that it is {mine.verdict}")
    return mine, False


def _row(core: Core, subject: Subject, said: Said) -> Approval:
    return Approval(
        id=new_uid(),
        subject_kind=subject.kind,
        subject_id=subject.id,
        approval_type=subject.approval_type,
        approver_role=said.role,
        verdict=said.verdict,
        environment=subject.environment,
        comments=said.comments,
        actor=said.caller.id,
        actor_email=said.caller.email,
        at=core.clock(),
    )
