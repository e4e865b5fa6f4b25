"""Deployment requests with their items, slots and steps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from deltaci.states import RequestState
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.newest_first import page_of
from deltaci.store.tables import (
    Deployment,
    DeploymentRequest,
    RequestItem,
    RequestSlot,
    RequestStep,
    RequestTemplate,
    Version,
)
from deltaci.store.tables.base import table_of

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


async def get_request(
    tx: Transaction, request_id: str, *, hold: bool = False
) -> DeploymentRequest | None:
    """Read a request, and have others who change it wait until this transaction ends."""
    held = {"key_share": True} if hold else None
    return await tx.get(DeploymentRequest, request_id, populate_existing=True, with_for_update=held)


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests to list; None means any."""

    state: RequestState | None = None
    product: str | None = None


async def list_requests(
    tx: Transaction, wanted: RequestFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[DeploymentRequest], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row = DeploymentRequest
    statement = select(row)
    if wanted.state is not None:
        statement = statement.where(row.state == wanted.state)
    if wanted.product is not None:
        named = select(RequestItem.request_id).where(RequestItem.product == wanted.product)
        statement = statement.where(row.id.in_(named))
    return await page_of(tx, statement, row.created_at, row.id, limit=limit, cursor=cursor)


async def latest_deployments(
    tx: Transaction, items: Collection[RequestItem], environments: Collection[str]
) -> Mapping[tuple[str, str], Deployment]:
    """Read the newest deployment of each item's version to each environment, by both names."""
    place = func.row_number().over(
        partition_by=(Deployment.product, Deployment.environment),
        order_by=(Deployment.created_at.desc(), Deployment.id.desc()),
    )
    ranked = (
        select(Deployment.id, place.label("place"))
        .join(Version, Version.id == Deployment.version_id)
        .join(
            RequestItem,
            (RequestItem.product == Version.product) & (RequestItem.version == Version.version),
        )
        .where(
            RequestItem.request_id.in_({item.request_id for item in items}),
            Deployment.environment.in_(environments),
        )
        .subquery()
    )
    statement = select(Deployment).join(ranked, Deployment.id == ranked.c.id)
    rows = await tx.scalars(statement.where(ranked.c.place == 1))
    return {(row.product, row.environment): row for row in rows}


async def get_template(tx: Transaction, template_id: str) -> RequestTemplate | None:
    """Read a template."""
    return await tx.get(RequestTemplate, template_id)


async def all_templates(tx: Transaction) -> Sequence[RequestTemplate]:
    """Read all templates by name."""
    return (await tx.scalars(select(RequestTemplate).order_by(RequestTemplate.name))).all()


async def claim_template(tx: Transaction, template: RequestTemplate) -> bool:
    """Add a template; False when another one has its name."""
    columns = {each.key: getattr(template, each.key) for each in table_of(RequestTemplate).columns}
    return await insert_absent(tx, RequestTemplate, **columns)
