"""Restore the last good version after a failure, where the recipe says so."""

from typing import Any

from deltaci.core import Core
from deltaci.deployments import gates_of_places as places
from deltaci.deployments import gates_of_time as time
from deltaci.deployments import rollback
from deltaci.deployments.asker import AUTOMATIC
from deltaci.deployments.gates import GATES, judge
from deltaci.deployments.gather import gather
from deltaci.deployments.question import Asker
from deltaci.deployments.record import Wanted, record_deployment
from deltaci.ids import workflow_id
from deltaci.store.database import Transaction
from deltaci.store.deployment_records import note_moment
from deltaci.store.deployments import Ours
from deltaci.wire.deployments import DeploymentKind

NOT_ASKED = frozenset({places.role, places.scope, time.quota, time.turn})
"""Nobody asks, no quota keeps a failure in place, and the lock passes on from what has failed."""
GATES_OF_AUTOMATIC = tuple(gate for gate in GATES if gate not in NOT_ASKED)


async def roll_back_automatically(tx: Transaction, core: Core, bad: Ours) -> None:
    """Create the rollback in the transaction in which the deployment fails, under a key of its own.

    The caller holds the group, and has released the lock. Where there is nothing to go back to, the
    timeline says so.
    """
    if not _policy(bad).get("automatic"):
        return
    question = await rollback.question_of(tx, Asker(AUTOMATIC, role=None), bad)
    gathered = await gather(tx, core, question)
    verdict = judge(question, gathered.facts, GATES_OF_AUTOMATIC)
    now = core.clock()
    if verdict.refusals:
        reason = verdict.refusals[0].message
        await note_moment(tx, bad.row.id, "rollback_not_possible", AUTOMATIC, now, reason=reason)
        return
    key = f"rollback-of-{bad.row.id}"
    wanted = Wanted(
        kind=DeploymentKind.ROLLBACK,
        service=question.service,
        version=question.version,
        environment=question.environment,
        actor=AUTOMATIC,
        identity={"actorId": AUTOMATIC, "role": None, "email": None, "sub": None, "azp": None},
        workflow_id=workflow_id("deployment", AUTOMATIC, key),
        correlation_id=key,
        change_summary=f"automatic: {bad.row.version} failed",
        rollback_of=bad.row.id,
    )
    ours = await record_deployment(tx, core, wanted, gathered, verdict)
    await note_moment(tx, bad.row.id, "rollback_started", AUTOMATIC, now, rollback_id=ours.row.id)


def _policy(bad: Ours) -> dict[str, Any]:
    policy: dict[str, Any] = bad.intent.recipe.get("rollback") or {}
    return policy
