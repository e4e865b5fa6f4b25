"""Gates about who asks, and about the environments and recipes that the catalog allows."""

from deltaci.deployments import refusals
from deltaci.deployments.asker import is_owner
from deltaci.deployments.question import Facts, Place, Question
from deltaci.deployments.refusals import RefusedError
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.governance import ContractRole

DEPLOYERS = frozenset({ContractRole.PLATFORM_ADMIN, ContractRole.DELIVERY_OWNER})


def role(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - every gate takes both
    """Only admins and delivery owners deploy."""
    if question.asker.role in DEPLOYERS:
        return None
    return refusals.RoleMayNotDeployError(needs_one_of=sorted(DEPLOYERS))


def switch(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - as above
    """Nothing changes while an admin has switched changes off."""
    return refusals.ChangesSwitchedOffError() if facts.changes_switched_off else None


def group(question: Question, facts: Facts) -> RefusedError | None:
    """Only services of a delivery group are deployed."""
    if facts.group is not None:
        return None
    return refusals.WithoutGroupError(service=question.service)


def scope(question: Question, facts: Facts) -> RefusedError | None:
    """A delivery owner deploys for the groups that name it as an owner."""
    if facts.group is None or question.asker.role is ContractRole.PLATFORM_ADMIN:
        return None
    if is_owner(question.asker, facts.group.owners):
        return None
    return refusals.NotOfGroupError(delivery_group_id=facts.group.id)


def environment(question: Question, facts: Facts) -> RefusedError | None:
    """The environment is given, and one that the group may use."""
    if not question.environment:
        return refusals.EnvironmentMissingError()
    return _usable(facts.target, facts)


def source_environment(question: Question, facts: Facts) -> RefusedError | None:
    """So is the one that a promotion comes from."""
    if question.kind is not DeploymentKind.PROMOTE or question.source_environment is None:
        return None
    return _usable(facts.source, facts)


def promotion_target(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - as above
    """A promotion goes somewhere else."""
    same = question.environment == question.source_environment
    return refusals.PromotionTargetMissingError() if _promotes(question) and same else None


def promotion_path(question: Question, facts: Facts) -> RefusedError | None:
    """A promotion takes the next step of the group's order, or any later one if that is allowed."""
    if not _promotes(question) or facts.group is None:
        return None
    order = list(facts.group.order)
    source, target = question.source_environment, question.environment
    if source == target or not target:
        return None
    if source in order and target in order:
        distance = order.index(target) - order.index(source)
        if distance == 1 or (distance > 1 and facts.jumps_allowed):
            return None
    return refusals.PromotionPathNotAllowedError(order=order)


def route(question: Question, facts: Facts) -> RefusedError | None:
    """A recipe is chosen for the service and the environment."""
    if question.kind is DeploymentKind.ROLLBACK or facts.routed_recipe_id:
        return None
    return refusals.NotRoutedError(service=question.service, environment=question.environment)


def recipe(question: Question, facts: Facts) -> RefusedError | None:
    """The recipe exists, and is not deprecated."""
    wanted = _recipe_id(question, facts)
    if wanted is None:
        return None
    if facts.recipe is None:
        return refusals.RecipeUnknownError(recipe_id=wanted)
    return refusals.RecipeDeprecatedError(recipe_id=wanted) if facts.recipe.deprecated else None


def recipe_of_group(question: Question, facts: Facts) -> RefusedError | None:
    """The group may use the recipe."""
    wanted = _recipe_id(question, facts)
    if facts.group is None or wanted is None or wanted in facts.group.allowed_recipes:
        return None
    return refusals.RecipeNotAllowedError(recipe_id=wanted, delivery_group_id=facts.group.id)


def recipe_as_asserted(question: Question, facts: Facts) -> RefusedError | None:
    """A recipe that the caller names is the one that is chosen."""
    if question.kind is DeploymentKind.ROLLBACK or not facts.routed_recipe_id:
        return None
    if question.recipe_id in {None, facts.routed_recipe_id}:
        return None
    return refusals.RecipeMismatchError(
        recipe_id=question.recipe_id, routed_recipe_id=facts.routed_recipe_id
    )


def compatibility(question: Question, facts: Facts) -> RefusedError | None:
    """The service can be deployed by the recipe."""
    wanted = _recipe_id(question, facts)
    if wanted is None or facts.compatible_recipes is None or wanted in facts.compatible_recipes:
        return None
    return refusals.RecipeIncompatibleError(service=question.service, recipe_id=wanted)


def _recipe_id(question: Question, facts: Facts) -> str | None:
    recorded = question.kind is DeploymentKind.ROLLBACK
    return question.recipe_id if recorded else facts.routed_recipe_id


def _promotes(question: Question) -> bool:
    return question.kind is DeploymentKind.PROMOTE


def _usable(place: Place | None, facts: Facts) -> RefusedError | None:
    if facts.group is None or place is None:
        return None
    if place.lifecycle is None or not place.allowed:
        return refusals.EnvironmentNotAllowedError(
            environment=place.name, delivery_group_id=facts.group.id
        )
    if place.lifecycle is LifecycleState.RETIRED:
        return refusals.EnvironmentRetiredError(environment=place.name)
    if place.lifecycle is LifecycleState.DISABLED or not place.enabled:
        return refusals.EnvironmentDisabledError(environment=place.name)
    return None
