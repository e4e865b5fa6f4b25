"""Promote: bring a version that runs well to the next environment."""

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.asker import asker_of
from deltaci.deployments.question import Question
from deltaci.deployments.submit import Submission, Submitted, submit
from deltaci.identity.principal import Principal
from deltaci.wire.deployment_intents import PromotionIntent
from deltaci.wire.deployments import DeploymentKind


async def promote(core: Core, call: Call, intent: PromotionIntent) -> Submitted:
    """Create a promotion, which is a deployment; see `submit` for what it raises."""
    submission = Submission(
        question=question_of(call.caller, intent),
        request=intent.model_dump(mode="json", exclude_none=True),
        change_summary=intent.changeSummary,
        waits=intent.wait,
        override_reason=intent.overrideReason,
    )
    return await submit(core, call, submission)


def question_of(caller: Principal, intent: PromotionIntent) -> Question:
    """Ask whether the version may go on."""
    return Question(
        kind=DeploymentKind.PROMOTE,
        asker=asker_of(caller),
        service=intent.service,
        environment=intent.target_environment,
        version=intent.version,
        source_environment=intent.source_environment,
    )
