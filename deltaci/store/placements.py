"""Where a service may be deployed, how, and under which guardrails: one question, one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, literal, select

from deltaci.store.database import Transaction
from deltaci.store.tables import (
    DeliveryGroup,
    DeployRecipe,
    Environment,
    GroupEnvironment,
    GroupService,
    Product,
    Route,
)
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.guardrails import EffectiveGuardrails, effective


@dataclass(frozen=True, slots=True)
class Placement:
    """What the catalog says of a service and an environment; None where it says nothing."""

    product: Product | None
    environment: Environment | None
    group: DeliveryGroup | None
    binding: GroupEnvironment | None
    """What the group may do in the environment, if that was said of it in particular."""
    route: Route | None
    recipe: DeployRecipe | None
    """The route's."""

    @property
    def guardrails(self) -> EffectiveGuardrails:
        """The environment's over the group's over the defaults."""
        return guardrails_of(self.group, self.binding)

    @property
    def is_allowed(self) -> bool:
        """Whether the group may deploy there: what its binding says counts before its list."""
        if self.group is None or self.environment is None:
            return False
        return allows(self.group, self.binding, self.environment.id)


@dataclass(frozen=True, slots=True)
class Stage:
    """One environment in the order in which a group's versions walk through them."""

    environment: Environment
    binding: GroupEnvironment | None


def guardrails_of(
    group: DeliveryGroup | None, binding: GroupEnvironment | None
) -> EffectiveGuardrails:
    """Return the guardrails that count."""
    return effective(group.guardrails if group else {}, binding.guardrails if binding else {})


def allows(group: DeliveryGroup, binding: GroupEnvironment | None, environment: str) -> bool:
    """Whether a group may deploy to an environment; how the environment lives is not asked."""
    if binding is not None:
        return binding.is_enabled
    return group.allowed_environments is None or environment in group.allowed_environments


async def find_placement(tx: Transaction, service: str, environment: str) -> Placement:
    """Read all that the catalog says of a service and an environment, in one statement."""
    asked = select(
        literal(service, String).label("service"),
        literal(environment, String).label("environment"),
    ).subquery()
    statement = (
        select(Product, Environment, DeliveryGroup, GroupEnvironment, Route, DeployRecipe)
        .select_from(asked)
        .outerjoin(Product, Product.id == asked.c.service)
        .outerjoin(Environment, Environment.id == asked.c.environment)
        .outerjoin(GroupService, GroupService.service == asked.c.service)
        .outerjoin(DeliveryGroup, DeliveryGroup.id == GroupService.group_id)
        .outerjoin(
            GroupEnvironment,
            (GroupEnvironment.group_id == GroupService.group_id)
            & (GroupEnvironment.environment == asked.c.environment),
        )
        .outerjoin(
            Route,
            (Route.service == asked.c.service) & (Route.environment == asked.c.environment),
        )
        .outerjoin(DeployRecipe, DeployRecipe.id == Route.recipe_id)
    )
    found = await tx.execute(statement.execution_options(populate_existing=True))
    return Placement(*found.one())


async def group_of(tx: Transaction, service: str) -> DeliveryGroup | None:
    """Read the group that a service belongs to."""
    statement = (
        select(DeliveryGroup)
        .join(GroupService, GroupService.group_id == DeliveryGroup.id)
        .where(GroupService.service == service)
    )
    return await tx.scalar(statement.execution_options(populate_existing=True))


async def environments_in_order(tx: Transaction, group: DeliveryGroup) -> Sequence[Stage]:
    """Return the environments that a group's versions walk through, the first one first.

    The order is that of the group's bindings, if it has any; else that of its list; else by type,
    from development to production. Environments where the group may not deploy are left out.
    """
    statement = (
        select(Environment, GroupEnvironment)
        .outerjoin(
            GroupEnvironment,
            (GroupEnvironment.environment == Environment.id)
            & (GroupEnvironment.group_id == group.id),
        )
        .order_by(GroupEnvironment.order_index, Environment.id)
    )
    found = await tx.execute(statement.execution_options(populate_existing=True))
    stages = [Stage(environment, binding) for environment, binding in found]
    if bound := [stage for stage in stages if stage.binding is not None]:
        return [stage for stage in bound if stage.binding and stage.binding.is_enabled]
    if group.allowed_environments is not None:
        rank = {name: place for place, name in enumerate(group.allowed_environments)}
        listed = (stage for stage in stages if stage.environment.id in rank)
        return sorted(listed, key=lambda stage: rank[stage.environment.id])
    kinds = list(EnvironmentType)
    return sorted(stages, key=lambda stage: kinds.index(stage.environment.type))
