"""What has run where: questions about deployments that have ended, of every origin."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select

from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.tables import Deployment, DeploymentIntent, Registration

GOOD = DeploymentState.SUCCEEDED


async def current_of(
    tx: Transaction, product: str, environment: str, but: str = "", at: datetime | None = None
) -> Deployment | None:
    """Return the deployment that made what runs in an environment, or ran there at a moment."""
    statement = _of(product, environment).where(Deployment.state == GOOD, Deployment.id != but)
    if at is not None:
        statement = statement.where(Deployment.deployed_at <= at)
    statement = statement.order_by(Deployment.deployed_at.desc(), Deployment.id.desc())
    return await tx.scalar(statement.limit(1))


async def newest_ours(tx: Transaction, product: str, environment: str) -> str | None:
    """Return the deployment that was asked of us last, by id."""
    statement = (
        select(Deployment.id)
        .join(DeploymentIntent, DeploymentIntent.deployment_id == Deployment.id)
        .where(Deployment.product == product, Deployment.environment == environment)
        .order_by(Deployment.created_at.desc(), Deployment.id.desc())
    )
    return await tx.scalar(statement.limit(1))


async def last_good_before(tx: Transaction, bad: Deployment) -> Deployment | None:
    """Return what to go back to from a deployment: the newest other version that went well before.

    Only what is registered can be deployed again, and what was rolled back did not go well.
    """
    statement = (
        _of(bad.product, bad.environment)
        .join(
            Registration,
            and_(
                Registration.product == Deployment.product,
                Registration.version == Deployment.version,
            ),
        )
        .where(
            Deployment.state == GOOD,
            Deployment.id != bad.id,
            Deployment.version != bad.version,
            or_(
                Deployment.created_at < bad.created_at,
                and_(Deployment.created_at == bad.created_at, Deployment.id < bad.id),
            ),
        )
        .order_by(Deployment.deployed_at.desc(), Deployment.id.desc())
    )
    return await tx.scalar(statement.limit(1))


async def newest_end_of_version(
    tx: Transaction, product: str, environment: str, version: str
) -> Deployment | None:
    """Return the newest deployment of exactly this version that has ended there."""
    statement = (
        _of(product, environment)
        .where(Deployment.version == version, Deployment.state.not_in(DEPLOYMENT_OPEN))
        .order_by(Deployment.deployed_at.desc(), Deployment.id.desc())
    )
    return await tx.scalar(statement.limit(1))


async def replaced_at(tx: Transaction, good: Deployment) -> datetime | None:
    """Return when another version took this one's place, or None while it runs."""
    return await tx.scalar(
        select(Deployment.deployed_at)
        .where(
            Deployment.product == good.product,
            Deployment.environment == good.environment,
            Deployment.version != good.version,
            Deployment.state.in_((GOOD, DeploymentState.ROLLED_BACK)),
            Deployment.deployed_at > good.deployed_at,
        )
        .order_by(Deployment.deployed_at, Deployment.id)
        .limit(1)
    )


async def asked_between(
    tx: Transaction, since: datetime, until: datetime, group_id: str, service: str, limit: int
) -> Sequence[tuple[Deployment, DeploymentIntent]]:
    """Read deployments that were asked of us within a span of time."""
    statement = (
        select(Deployment, DeploymentIntent)
        .join(DeploymentIntent, DeploymentIntent.deployment_id == Deployment.id)
        .where(Deployment.created_at >= since, Deployment.created_at < until)
        .order_by(Deployment.created_at.desc())
        .limit(limit)
    )
    if group_id:
        statement = statement.where(DeploymentIntent.group_id == group_id)
    if service:
        statement = statement.where(Deployment.product == service)
    return [(row, intent) for row, intent in await tx.execute(statement)]


def _of(product: str, environment: str) -> Select[Deployment]:
    return select(Deployment).where(
        Deployment.product == product, Deployment.environment == environment
    )
