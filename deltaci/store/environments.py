"""Reading and writing environments, and what refers to them."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from deltaci.store.database import Transaction
from deltaci.store.tables import (
    DeliveryGroup,
    Deployment,
    Environment,
    GroupEnvironment,
    Route,
)
from deltaci.wire.deployments import Origin

EXAMPLES_MAX = 5

References = Mapping[str, tuple[int, list[str]]]
"""What refers to something: by kind, how many there are, and the first of them."""


async def find_environment(tx: Transaction, environment: str) -> Environment | None:
    """Read an environment."""
    return await tx.get(Environment, environment, populate_existing=True)


async def all_environments(tx: Transaction) -> Sequence[Environment]:
    """Read all environments by id."""
    return (await tx.scalars(select(Environment).order_by(Environment.id))).all()


async def references_to(
    tx: Transaction, environment: str, *, asked_only: bool = False
) -> References:
    """Return what refers to an environment, without those kinds of which there is none.

    With `asked_only`, deployments count only if they were asked of us.
    """
    ours = (Deployment.origin == Origin.ASKED,) if asked_only else ()
    deployments = select(Deployment.id).where(Deployment.environment == environment, *ours)
    newest = deployments.order_by(Deployment.created_at.desc(), Deployment.id).limit(EXAMPLES_MAX)
    count = await tx.scalar(select(func.count()).select_from(deployments.subquery()))
    routes = select(Route.service).where(Route.environment == environment)
    bindings = select(GroupEnvironment.group_id).where(GroupEnvironment.environment == environment)
    found = {
        "deployments": (count or 0, list(await tx.scalars(newest))),
        "service_environment_routing": _some(await tx.scalars(routes.order_by(Route.service))),
        "delivery_group_environment_policy": _some(
            await tx.scalars(bindings.order_by(GroupEnvironment.group_id))
        ),
        "delivery_group_allowed_environments": _some(await _listing(tx, environment)),
    }
    return {kind: told for kind, told in found.items() if told[0]}


async def _listing(tx: Transaction, environment: str) -> list[str]:
    groups = await tx.execute(
        select(DeliveryGroup.id, DeliveryGroup.allowed_environments).order_by(DeliveryGroup.id)
    )
    return [name for name, allowed in groups if allowed is not None and environment in allowed]


def _some(found: Iterable[str]) -> tuple[int, list[str]]:
    names = list(found)
    return len(names), names[:EXAMPLES_MAX]
