"""Remember who was refused which deployment, and why: a decision without a deployment."""

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.ask_rules import attempt_of, what_rules_say
from deltaci.deployments.gates import Verdict
from deltaci.deployments.question import Question
from deltaci.deployments.record import verdict_document
from deltaci.deployments.refusals import RefusedError
from deltaci.governance.claims import actor_of
from deltaci.ids import new_uid
from deltaci.rules.check import note_violations
from deltaci.store import audit
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import note_decision
from deltaci.store.tables import Decision
from deltaci.wire.deployments import DeploymentKind

DENIED = {
    DeploymentKind.ROLL_FORWARD: audit.Action.DEPLOY_DENIED,
    DeploymentKind.PROMOTE: audit.Action.PROMOTION_DENIED,
    DeploymentKind.ROLLBACK: audit.Action.ROLLBACK_DENIED,
}
SUBJECT_MAX_LENGTH = 200


async def note_refusal(core: Core, call: Call, question: Question, refusal: RefusedError) -> None:
    """Record a refusal in a transaction of its own: the one that was refused is rolled back."""
    now = core.clock()
    async with core.database.write() as tx:
        note_decision(
            tx,
            Decision(
                deployment_id=None,
                kind="asked",
                product=question.service,
                version=question.version,
                environment=question.environment,
                actor=call.caller.id,
                inputs={
                    "kind": question.kind,
                    "recipe_id": question.recipe_id,
                    "source_environment": question.source_environment,
                },
                policy={},
                verdict=verdict_document(Verdict(refusal.violations)),
                at=now,
            ),
        )
        audit.record(
            tx,
            actor=call.caller.id,
            action=DENIED[question.kind],
            subject_kind="service",
            subject_id=question.service[:SUBJECT_MAX_LENGTH],
            at=now,
            code=refusal.code,
            service=question.service,
            version=question.version,
            environment=question.environment,
            request_id=call.request_id,
            **actor_of(call.caller),
        )
        await _note_rules(tx, core, question)


async def _note_rules(tx: Transaction, core: Core, question: Question) -> None:
    """Have the rules' own log know of it, when it was for a rule."""
    verdict = await what_rules_say(tx, core, question, "", dry_run=True)
    if verdict.refusal is not None:
        attempt = attempt_of(question, new_uid(), core.clock())
        note_violations(tx, attempt, verdict, blocked=True)
