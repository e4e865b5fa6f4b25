"""Reading and writing deployments of ours. States are moved by `transitions` only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import DeliveryGroup, Deployment, DeploymentIntent

UNDER_WAY = (DeploymentState.IN_PROGRESS, DeploymentState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Ours:
    """A deployment that was asked of us: what every deployment has, and what was asked."""

    row: Deployment
    intent: DeploymentIntent


@dataclass(frozen=True, slots=True)
class DeploymentFilter:
    """Which deployments to list; empty means any."""

    service: str = ""
    environment: str = ""
    state: DeploymentState | None = None
    group_ids: Sequence[str] | None = None
    """Only those of these groups."""


async def hold_group(tx: Transaction, group_id: str) -> None:
    """Hold a group's row: decisions about its deployments follow one another."""
    if not is_serialised(tx):
        statement = select(DeliveryGroup.id).where(DeliveryGroup.id == group_id)
        await tx.execute(statement.with_for_update())


async def hold_deployment(tx: Transaction, deployment_id: str) -> Ours | None:
    """Hold a deployment's row until the transaction ends, and read all of it afresh."""
    row = await tx.get(Deployment, deployment_id, populate_existing=True, with_for_update=True)
    if row is None:
        return None
    intent = await tx.get(DeploymentIntent, deployment_id, populate_existing=True)
    return None if intent is None else Ours(row, intent)


async def find_deployment(tx: Transaction, deployment_id: str) -> Ours | None:
    """Read a deployment of ours."""
    statement = (
        select(Deployment, DeploymentIntent)
        .join(DeploymentIntent, DeploymentIntent.deployment_id == Deployment.id)
        .where(Deployment.id == deployment_id)
        .execution_options(populate_existing=True)
    )
    found = (await tx.execute(statement)).first()
    return None if found is None else Ours(*found)


async def list_deployments(
    tx: Transaction, wanted: DeploymentFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Ours], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row, intent = Deployment, DeploymentIntent
    statement = (
        select(row, intent)
        .join(intent, intent.deployment_id == row.id)
        .order_by(row.created_at.desc(), row.id.desc())
        .limit(limit + 1)
    )
    for column, value in (
        (row.product, wanted.service),
        (row.environment, wanted.environment),
        (row.state, wanted.state),
    ):
        if value:
            statement = statement.where(column == value)
    if wanted.group_ids is not None:
        statement = statement.where(intent.group_id.in_(wanted.group_ids))
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        last = select(row.created_at).where(row.id == last_id).scalar_subquery()
        statement = statement.where(
            or_(row.created_at < last, and_(row.created_at == last, row.id < last_id))
        )
    rows = [Ours(*found) for found in await tx.execute(statement)]
    page = rows[:limit]
    return page, encode_cursor(page[-1].row.id) if len(rows) > limit else None


async def count_under_way(tx: Transaction, group_id: str, environment: str, but: str = "") -> int:
    """Count a group's deployments that are being carried out or verified in an environment."""
    statement = (
        select(func.count())
        .select_from(DeploymentIntent)
        .join(Deployment, Deployment.id == DeploymentIntent.deployment_id)
        .where(
            DeploymentIntent.group_id == group_id,
            DeploymentIntent.environment == environment,
            Deployment.state.in_(UNDER_WAY),
            Deployment.id != but,
        )
    )
    return await tx.scalar(statement) or 0


async def pending_of(
    tx: Transaction, group_id: str, environment: str
) -> Sequence[tuple[Deployment, DeploymentIntent]]:
    """Read a group's deployments that wait for an environment, the one asked first first."""
    statement = (
        select(Deployment, DeploymentIntent)
        .join(DeploymentIntent, DeploymentIntent.deployment_id == Deployment.id)
        .where(
            DeploymentIntent.group_id == group_id,
            DeploymentIntent.environment == environment,
            Deployment.state == DeploymentState.PENDING,
        )
        .order_by(Deployment.created_at, Deployment.id)
    )
    return [(row, intent) for row, intent in await tx.execute(statement)]


async def untouched_since(tx: Transaction, moment: datetime, limit: int) -> Sequence[Ours]:
    """Read open deployments of ours that nothing and nobody has looked after since a moment."""
    row, intent = Deployment, DeploymentIntent
    looked_at = func.coalesce(intent.asked_after_at, row.updated_at)
    statement = (
        select(row, intent)
        .join(intent, intent.deployment_id == row.id)
        .where(row.state.in_(DEPLOYMENT_OPEN), row.updated_at < moment, looked_at < moment)
        .order_by(looked_at, row.id)
        .limit(limit)
    )
    return [Ours(*found) for found in await tx.execute(statement)]


async def note_on_intent(tx: Transaction, deployment_id: str, **columns: Any) -> None:
    """Write columns of a deployment's intent that are no part of its state."""
    await tx.execute(
        update(DeploymentIntent)
        .where(DeploymentIntent.deployment_id == deployment_id)
        .values(**columns)
    )


async def note_once(tx: Transaction, deployment_id: str, column: str, value: Any) -> None:
    """Write a column of a deployment's intent unless it has a value: the first word counts."""
    await tx.execute(
        update(DeploymentIntent)
        .where(
            DeploymentIntent.deployment_id == deployment_id,
            getattr(DeploymentIntent, column).is_(None),
        )
        .values({column: value})
    )


async def supersede_earlier(tx: Transaction, row: Deployment) -> None:
    """Note that a success has taken the place of all earlier ones of its service there."""
    earlier = select(Deployment.id).where(
        Deployment.product == row.product,
        Deployment.environment == row.environment,
        Deployment.state == DeploymentState.SUCCEEDED,
        Deployment.id != row.id,
    )
    await tx.execute(
        update(DeploymentIntent)
        .where(
            DeploymentIntent.deployment_id.in_(earlier), DeploymentIntent.superseded_by.is_(None)
        )
        .values(superseded_by=row.id)
        .execution_options(synchronize_session=False)
    )


async def all_groups(tx: Transaction) -> Sequence[DeliveryGroup]:
    """Read every delivery group: there are few."""
    return (await tx.scalars(select(DeliveryGroup).order_by(DeliveryGroup.id))).all()
