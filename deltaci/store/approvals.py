"""Sign-offs of versions, deployments and slots of requests."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import Approval
from deltaci.store.tables.base import table_of
from deltaci.wire.approvals import SubjectKind


async def approvals_of(
    tx: Transaction, kind: SubjectKind, subject_ids: Collection[str]
) -> Sequence[Approval]:
    """Read what was said of these subjects, in the order in which it was."""
    if not subject_ids:
        return []
    statement = select(Approval).where(
        Approval.subject_kind == kind, Approval.subject_id.in_(subject_ids)
    )
    return (await tx.scalars(statement.order_by(Approval.at, Approval.id))).all()


async def claim_approval(tx: Transaction, approval: Approval) -> bool:
    """Add somebody's sign-off; False when the same person has said something there before."""
    columns = {column.key: getattr(approval, column.key) for column in table_of(Approval).columns}
    return await insert_absent(tx, Approval, **columns)
