"""Deployment requests with their items, slots and steps."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from deltaci.states import RequestState
from deltaci.store.database import Transaction
from deltaci.store.tables import DeploymentRequest, RequestItem, RequestSlot, RequestStep

GATING = (RequestState.IN_PROGRESS, RequestState.APPROVED, RequestState.REJECTED)
"""States in which a request has something to say of deployments."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to some requests."""

    items: Sequence[RequestItem]
    slots: Sequence[RequestSlot]
    steps: Sequence[RequestStep]


async def gating_requests(tx: Transaction, product: str) -> Sequence[DeploymentRequest]:
    """Read the activated requests that name a product, those activated last first."""
    row = DeploymentRequest
    statement = (
        select(row)
        .join(RequestItem, RequestItem.request_id == row.id)
        .where(RequestItem.product == product, row.state.in_(GATING))
        .order_by(row.activated_at.desc(), row.id.desc())
    )
    return (await tx.scalars(statement)).all()


async def parts_of(tx: Transaction, request_ids: Collection[str]) -> Parts:
    """Read the items, slots and steps of requests, each in their order."""
    items = select(RequestItem).where(RequestItem.request_id.in_(request_ids))
    slots = select(RequestSlot).where(RequestSlot.request_id.in_(request_ids))
    steps = select(RequestStep).where(RequestStep.request_id.in_(request_ids))
    return Parts(
        (await tx.scalars(items.order_by(RequestItem.product))).all(),
        (await tx.scalars(slots.order_by(RequestSlot.position, RequestSlot.id))).all(),
        (await tx.scalars(steps.order_by(RequestStep.position, RequestStep.id))).all(),
    )
