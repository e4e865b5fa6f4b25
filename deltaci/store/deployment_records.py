"""What is remembered of a deployment beside its state: its timeline, decisions and approvals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import Approval, Decision, DeploymentMoment

SUBJECT = "deployment"


async def note_moment(
    tx: Transaction, deployment_id: str, key: str, actor: str, at: datetime, **details: Any
) -> bool:
    """Add an entry to a timeline; each key has one, and the first stays."""
    return await insert_absent(
        tx,
        DeploymentMoment,
        deployment_id=deployment_id,
        key=key,
        actor=actor,
        details=details,
        at=at,
    )


async def moments_of(tx: Transaction, deployment_id: str) -> Sequence[DeploymentMoment]:
    """Read a timeline in order."""
    statement = (
        select(DeploymentMoment)
        .where(DeploymentMoment.deployment_id == deployment_id)
        .order_by(DeploymentMoment.at, DeploymentMoment.id)
    )
    return (await tx.scalars(statement)).all()


def note_decision(tx: Transaction, decision: Decision) -> None:
    """Keep a decision for good."""
    tx.add(decision)


async def decisions_of(tx: Transaction, deployment_id: str) -> Sequence[Decision]:
    """Read every decision about a deployment in order."""
    statement = (
        select(Decision).where(Decision.deployment_id == deployment_id).order_by(Decision.id)
    )
    return (await tx.scalars(statement)).all()


async def approvals_of(tx: Transaction, deployment_id: str) -> Sequence[Approval]:
    """Read who approved of a deployment, or rejected it."""
    statement = (
        select(Approval)
        .where(Approval.subject_kind == SUBJECT, Approval.subject_id == deployment_id)
        .order_by(Approval.at, Approval.id)
    )
    return (await tx.scalars(statement)).all()
