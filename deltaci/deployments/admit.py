"""Let a deployment begin: everything is asked again, and the lock is taken, in one transaction."""

from datetime import datetime

from deltaci.core import Core
from deltaci.deployments import gates_of_places as places
from deltaci.deployments import gates_of_time as time
from deltaci.deployments.gates import GATES, Verdict, judge
from deltaci.deployments.gather import TURN, gather
from deltaci.deployments.question import Asker, Facts, Question
from deltaci.deployments.record import decision_of, waits_for
from deltaci.deployments.refusals import RefusedError
from deltaci.deployments.tell import tell
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.database import Transaction
from deltaci.store.deployment_locks import claim_lock
from deltaci.store.deployment_records import note_decision, note_moment
from deltaci.store.deployments import Ours, hold_deployment, hold_group, note_on_intent
from deltaci.store.transitions import Moment, move_deployment
from deltaci.wire.deployment_orders import Admission, Trouble
from deltaci.wire.deployments import DeploymentKind

ACTOR = "orchestrator"
POLICY = "POLICY"


def switch_for_later(question: Question, facts: Facts) -> RefusedError | None:
    """Wait while an admin has switched changes off."""
    refusal = places.switch(question, facts)
    if refusal is not None:
        refusal.waits = True
    return refusal


ASKED_ONCE = frozenset({places.role, places.scope, places.switch, time.quota})
"""What counts when somebody asks, and not any more when it begins."""
GATES_AGAIN = (switch_for_later, *(gate for gate in GATES if gate not in ASKED_ONCE))


async def admit(core: Core, deployment_id: str) -> Admission:
    """Begin a deployment if everything allows it now; asking again changes nothing."""
    async with core.database.write() as tx:
        ours = await hold_deployment(tx, deployment_id)
        if ours is None or ours.row.state not in DEPLOYMENT_OPEN:
            return Admission(begins=False, ended=True)
        if ours.intent.cancel_requested_by is not None:
            return Admission(begins=False, ended=True)
        if ours.intent.engine_execution_id is not None:
            return Admission(begins=True)  # a workflow that takes over from a lost one
        await hold_group(tx, ours.intent.group_id)
        question = question_again(ours)
        facts = (await gather(tx, core, question, ours)).facts
        verdict = judge(question, facts, GATES_AGAIN)
        if ours.row.state is DeploymentState.PENDING:
            return await _decide(tx, ours, verdict, facts.now)
        against = [refusal for refusal in verdict.refusals if refusal.code != TURN]
        return _refused(tx, ours, verdict, against[0], facts.now) if against else _BEGINS


_BEGINS = Admission(begins=True)


def question_again(ours: Ours) -> Question:
    """Ask what was asked when the deployment was created."""
    intent = ours.intent
    restores = intent.kind is DeploymentKind.ROLLBACK
    return Question(
        kind=intent.kind,
        asker=Asker(ours.row.created_by, role=None),
        service=ours.row.product,
        environment=ours.row.environment,
        version=ours.row.version,
        recipe_id=intent.recipe_id if restores else None,
        source_environment=intent.source_environment,
        overrides=frozenset((intent.overrides or {}).get("codes", ())),
    )


async def _decide(tx: Transaction, ours: Ours, verdict: Verdict, now: datetime) -> Admission:
    if verdict.final:
        return _refused(tx, ours, verdict, verdict.final[0], now)
    if verdict.passing or not await claim_lock(tx, ours.row, now):
        waits = waits_for(verdict) or {"codes": [TURN], "until": None, "messages": []}
        if waits != ours.intent.waits_for:
            await note_on_intent(tx, ours.row.id, waits_for=waits)
        until = waits["until"]
        return Admission(begins=False, retry_at=datetime.fromisoformat(until) if until else None)
    before = ours.row.state
    await move_deployment(
        tx,
        ours.row,
        DeploymentState.IN_PROGRESS,
        Moment(ACTOR, now),
        started_at=now,
        preflight={"status": "passed"},
    )
    await note_on_intent(tx, ours.row.id, waits_for=None)
    await note_moment(tx, ours.row.id, "in_progress", ACTOR, now)
    note_decision(tx, decision_of(ours, "recheck", ACTOR, verdict, now))
    tell(tx, ours, now, before)
    return _BEGINS


def _refused(
    tx: Transaction, ours: Ours, verdict: Verdict, refusal: RefusedError, now: datetime
) -> Admission:
    """Nothing will let it begin any more; settling it follows."""
    note_decision(tx, decision_of(ours, "recheck", ACTOR, verdict, now))
    trouble = Trouble(
        category=POLICY,
        summary=f"it may not begin any more: {refusal.message}",
        detail=refusal.code,
        action_hint="Validate the deployment to see everything that stands against it.",
    )
    return Admission(begins=False, ended=True, trouble=trouble)
