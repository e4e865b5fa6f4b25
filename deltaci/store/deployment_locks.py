"""Who may change a service in an environment: one deployment at a time, by primary key."""

from datetime import datetime

from sqlalchemy import delete, select

from deltaci.states import DEPLOYMENT_OPEN
from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import Deployment, DeploymentLock, EnvironmentPin


async def holder_of(tx: Transaction, product: str, environment: str) -> str | None:
    """Return the open deployment that has the lock; one that has ended holds nothing."""
    return await tx.scalar(
        select(DeploymentLock.deployment_id)
        .join(Deployment, Deployment.id == DeploymentLock.deployment_id)
        .where(
            DeploymentLock.product == product,
            DeploymentLock.environment == environment,
            Deployment.state.in_(DEPLOYMENT_OPEN),
        )
    )


async def claim_lock(tx: Transaction, deployment: Deployment, now: datetime) -> bool:
    """Take the lock, also over from a deployment that has ended; False when another has it."""
    ended = select(Deployment.id).where(Deployment.state.not_in(DEPLOYMENT_OPEN))
    await tx.execute(
        delete(DeploymentLock).where(
            DeploymentLock.product == deployment.product,
            DeploymentLock.environment == deployment.environment,
            DeploymentLock.deployment_id.in_(ended),
        )
    )
    if await insert_absent(
        tx,
        DeploymentLock,
        product=deployment.product,
        environment=deployment.environment,
        deployment_id=deployment.id,
        acquired_at=now,
    ):
        return True
    return await holder_of(tx, deployment.product, deployment.environment) == deployment.id


async def release_lock(tx: Transaction, deployment_id: str) -> None:
    """Give the lock back; having none is fine."""
    await tx.execute(delete(DeploymentLock).where(DeploymentLock.deployment_id == deployment_id))


async def pin_of(tx: Transaction, product: str, environment: str) -> EnvironmentPin | None:
    """Return what keeps promotions out of an environment."""
    return await tx.get(EnvironmentPin, (product, environment), populate_existing=True)


async def pin(tx: Transaction, wanted: EnvironmentPin) -> None:
    """Pin an environment, in place of an earlier pin."""
    await unpin(tx, wanted.product, wanted.environment)
    tx.add(wanted)


async def unpin(tx: Transaction, product: str, environment: str) -> bool:
    """Release an environment; False when nothing held it."""
    statement = (
        delete(EnvironmentPin)
        .where(EnvironmentPin.product == product, EnvironmentPin.environment == environment)
        .returning(EnvironmentPin.product)
    )
    return (await tx.execute(statement)).first() is not None
