"""Ask whether a version may go in now, without asking for it: the gates that deploying has."""

from dataclasses import dataclass

from deltaci.core import Core
from deltaci.deployments import deploy, promote
from deltaci.deployments.gates import judge
from deltaci.deployments.gather import Gathered, gather
from deltaci.deployments.policy import policy_view
from deltaci.deployments.question import Question
from deltaci.deployments.refusals import UnapprovedError
from deltaci.identity.principal import Principal
from deltaci.wire.deployment_intents import DeploymentIntent, PromotionIntent
from deltaci.wire.deployment_views import PolicyView, PromotionValidated, Validated


@dataclass(frozen=True, slots=True)
class _Valid:
    gathered: Gathered
    policy: PolicyView


async def validate_deployment(core: Core, caller: Principal, intent: DeploymentIntent) -> Validated:
    """Return that a version may go in now. Nothing is used up or written.

    Raises the RefusedError that deploying would meet first, with every other one: also what a
    deployment could wait for, except for the approvals that only it itself can be given.
    """
    question = deploy.question_of(caller, intent)
    valid = await _ask(core, question)
    facts = valid.gathered.facts
    return Validated(
        service=question.service,
        environment=question.environment,
        version=question.version,
        recipeId=facts.routed_recipe_id or "",
        deliveryGroupId=facts.group.id if facts.group else "",
        policy=valid.policy,
        validatedAt=facts.now,
    )


async def validate_promotion(
    core: Core, caller: Principal, intent: PromotionIntent
) -> PromotionValidated:
    """Return that a version may be promoted now; see validate_deployment."""
    question = promote.question_of(caller, intent)
    valid = await _ask(core, question)
    facts = valid.gathered.facts
    return PromotionValidated(
        service=question.service,
        source_environment=question.source_environment or "",
        target_environment=question.environment,
        version=question.version,
        recipeId=facts.routed_recipe_id or "",
        deliveryGroupId=facts.group.id if facts.group else "",
        policy=valid.policy,
        validatedAt=facts.now,
    )


async def _ask(core: Core, question: Question) -> _Valid:
    async with core.database.read() as tx:
        gathered = await gather(tx, core, question, dry_run=True)
        verdict = judge(question, gathered.facts)
        told = [each for each in verdict.refusals if not isinstance(each, UnapprovedError)]
        verdict.raise_first(told)
        return _Valid(gathered, await policy_view(tx, core, gathered))
