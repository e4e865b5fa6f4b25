"""What counts for a service in an environment, before there is a version to ask about."""

from deltaci.core import Core
from deltaci.deployments import gates_of_places as places
from deltaci.deployments import gates_of_versions as versions
from deltaci.deployments.asker import asker_of
from deltaci.deployments.gates import judge
from deltaci.deployments.gather import gather
from deltaci.deployments.policy import policy_view
from deltaci.deployments.question import Question
from deltaci.identity.principal import Principal
from deltaci.wire.deployment_intents import PolicyQuestion
from deltaci.wire.deployment_views import PolicySummary, ResolvedRecipe
from deltaci.wire.deployments import DeploymentKind

GATES = (
    places.role,
    places.group,
    places.scope,
    places.environment,
    places.route,
    places.recipe,
    places.recipe_of_group,
    places.recipe_as_asserted,
    versions.service,
    places.compatibility,
)
"""Those about the catalog, in the order of all."""
ROUTING = "service_environment"


async def summarise_policy(core: Core, caller: Principal, asked: PolicyQuestion) -> PolicySummary:
    """Return the guardrails and the recipe. Raises RefusedError when the catalog has none."""
    question = Question(
        kind=DeploymentKind.ROLL_FORWARD,
        asker=asker_of(caller),
        service=asked.service,
        environment=asked.environment,
        recipe_id=asked.recipeId or None,
    )
    async with core.database.read() as tx:
        gathered = await gather(tx, core, question, dry_run=True)
        verdict = judge(question, gathered.facts, GATES)
        verdict.raise_first(verdict.refusals)
        policy = await policy_view(tx, core, gathered)
    recipe, group = gathered.recipe, gathered.facts.group
    assert recipe is not None  # noqa: S101 - the gates have refused without
    assert group is not None  # noqa: S101 - as above
    return PolicySummary(
        service=asked.service,
        environment=asked.environment,
        deliveryGroupId=group.id,
        policy=policy,
        resolvedRecipe=ResolvedRecipe(
            id=recipe.id,
            name=recipe.name,
            status=recipe.status,
            revision=recipe.revision,
            effectiveBehaviorSummary=recipe.effective_behavior_summary,
            routing=ROUTING,
        ),
        generatedAt=gathered.facts.now,
    )
