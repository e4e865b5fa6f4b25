"""Roll back: have an environment run the last version that went well before a deployment."""

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.asker import asker_of
from deltaci.deployments.question import Asker, Question
from deltaci.deployments.submit import (
    Submission,
    Submitted,
    earlier_submission,
    keyed_of,
    submit,
)
from deltaci.errors import KeyRequiredError, NotFoundError
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.store.database import Transaction
from deltaci.store.deployment_history import last_good_before
from deltaci.store.deployments import Ours, find_deployment
from deltaci.wire.deployment_intents import RollbackIntent
from deltaci.wire.deployments import DeploymentKind


async def roll_back(
    core: Core, call: Call, deployment_id: str, intent: RollbackIntent
) -> Submitted:
    """Create a rollback, which is a deployment of its own; see `submit` for what it raises.

    Raises NotFoundError for an unknown deployment as well.
    """
    request = {"deployment_id": deployment_id, **intent.model_dump(mode="json")}
    keyed = keyed_of(call, DeploymentKind.ROLLBACK, request)
    if earlier := await earlier_submission(core, call, keyed):
        return earlier
    await require_mutations_enabled(core)
    if keyed is None:
        raise KeyRequiredError
    async with core.database.read() as tx:
        ours = await find_deployment(tx, deployment_id)
        if ours is None:
            raise NotFoundError(f"no deployment {deployment_id!r}")
        question = await question_of(tx, asker_of(call.caller), ours)
    submission = Submission(
        question=question,
        request=request,
        change_summary=intent.changeSummary or f"roll back {ours.row.version}",
        rollback_of=ours.row.id,
    )
    return await submit(core, call, submission)


async def question_of(tx: Transaction, asker: Asker, bad: Ours) -> Question:
    """Ask whether what ran before may come back, by the recipe that was recorded (spec §3.3)."""
    good = await last_good_before(tx, bad.row)
    return Question(
        kind=DeploymentKind.ROLLBACK,
        asker=asker,
        service=bad.row.product,
        environment=bad.row.environment,
        version=good.version if good else "",
        recipe_id=bad.intent.recipe_id,
        of_rollback=bad.intent.kind is DeploymentKind.ROLLBACK,
    )
