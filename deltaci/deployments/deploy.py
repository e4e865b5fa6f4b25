"""Deploy: bring a registered version into an environment."""

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.asker import asker_of
from deltaci.deployments.question import Question
from deltaci.deployments.submit import Submission, Submitted, submit
from deltaci.identity.principal import Principal
from deltaci.wire.deployment_intents import DeploymentIntent
from deltaci.wire.deployments import DeploymentKind


async def deploy(core: Core, call: Call, intent: DeploymentIntent) -> Submitted:
    """Create a deployment; see `submit` for what it raises."""
    submission = Submission(
        question=question_of(call.caller, intent),
        request=intent.model_dump(mode="json", exclude_none=True),
        change_summary=intent.changeSummary,
        waits=intent.wait,
        override_reason=intent.overrideReason,
    )
    return await submit(core, call, submission)


def question_of(caller: Principal, intent: DeploymentIntent) -> Question:
    """Ask whether the version may go there."""
    return Question(
        kind=DeploymentKind.ROLL_FORWARD,
        asker=asker_of(caller),
        service=intent.service,
        environment=intent.environment,
        version=intent.version,
        recipe_id=intent.recipeId or None,
    )
