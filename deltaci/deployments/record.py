"""Write a new deployment: one transaction holds all that follows from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deltaci.core import Core
from deltaci.deployments.gates import Verdict
from deltaci.deployments.gather import Gathered
from deltaci.deployments.policy import policy_of
from deltaci.deployments.tell import tell
from deltaci.ids import new_uid
from deltaci.states import DeploymentState
from deltaci.store import audit
from deltaci.store.catalog import ensure_version
from deltaci.store.database import Transaction
from deltaci.store.deployment_locks import claim_lock
from deltaci.store.deployment_records import note_decision, note_moment
from deltaci.store.deployments import Ours
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.tables import Decision, Deployment, DeploymentIntent, DeployRecipe, Registration
from deltaci.wire.deployments import DeploymentKind, Origin

SUBMITTED = {
    DeploymentKind.ROLL_FORWARD: audit.Action.DEPLOY_SUBMIT,
    DeploymentKind.PROMOTE: audit.Action.PROMOTION_SUBMIT,
    DeploymentKind.ROLLBACK: audit.Action.ROLLBACK_SUBMIT,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for, and was granted."""

    kind: DeploymentKind
    service: str
    version: str
    environment: str
    actor: str
    identity: dict[str, Any]
    workflow_id: str
    correlation_id: str
    change_summary: str = ""
    source_environment: str | None = None
    rollback_of: str | None = None
    overrides: dict[str, Any] | None = None
    request_id: str = ""


async def record_deployment(
    tx: Transaction, core: Core, wanted: Wanted, gathered: Gathered, verdict: Verdict
) -> Ours:
    """Insert the deployment with its lock if it may begin at once, and promise its workflow.

    The group is held, and nothing final stands against it.
    """
    now = core.clock()
    recipe, registration = gathered.recipe, gathered.registration
    assert recipe is not None  # noqa: S101 - the gates have refused without
    assert registration is not None  # noqa: S101 - as above
    version = await ensure_version(
        tx, wanted.service, wanted.version, registration.git_sha, wanted.actor, now
    )
    row = _row(wanted, version.id, verdict, registration, now)
    intent = _intent(row, wanted, gathered, recipe, verdict)
    tx.add(row)
    await tx.flush()
    tx.add(intent)
    await tx.flush()
    ours = Ours(row, intent)
    if row.state is DeploymentState.IN_PROGRESS:
        locked = await claim_lock(tx, row, now)
        assert locked  # noqa: S101 - the gate for turns has looked, and the group is held
    await _remember(tx, ours, wanted, verdict)
    await promise(tx, EffectKind.START_DEPLOYMENT, {"deployment_id": row.id}, now)
    return ours


async def _remember(tx: Transaction, ours: Ours, wanted: Wanted, verdict: Verdict) -> None:
    row, intent, now = ours.row, ours.intent, ours.row.created_at
    await note_moment(tx, row.id, "submitted", wanted.actor, now, kind=wanted.kind)
    await note_moment(tx, row.id, "validated", wanted.actor, now)
    if row.state is DeploymentState.IN_PROGRESS:
        await note_moment(tx, row.id, "in_progress", wanted.actor, now)
    note_decision(tx, decision_of(ours, "asked", wanted.actor, verdict, now))
    if verdict.overridden:
        note_decision(tx, decision_of(ours, "override", wanted.actor, verdict, now))
    audit.record(
        tx,
        actor=wanted.actor,
        action=SUBMITTED[wanted.kind],
        subject_kind="deployment",
        subject_id=row.id,
        at=now,
        service=row.product,
        version=row.version,
        environment=row.environment,
        delivery_group_id=intent.group_id,
        actor_role=wanted.identity.get("role"),
        request_id=wanted.request_id,
        **({"overrides": wanted.overrides} if wanted.overrides else {}),
    )
    tell(tx, ours, now)


def decision_of(ours: Ours, kind: str, actor: str, verdict: Verdict, at: datetime) -> Decision:
    """Describe a decision about a deployment: what was asked, what counted, what was said."""
    return Decision(
        deployment_id=ours.row.id,
        kind=kind,
        product=ours.row.product,
        version=ours.row.version,
        environment=ours.row.environment,
        actor=actor,
        inputs={
            "kind": ours.intent.kind,
            "recipe_id": ours.intent.recipe_id,
            "recipe_revision": ours.intent.recipe_revision,
            "source_environment": ours.intent.source_environment,
            "rollback_of": ours.intent.rollback_of,
            "overrides": ours.intent.overrides,
        },
        policy=ours.intent.policy_snapshot,
        verdict=verdict_document(verdict),
        at=at,
    )


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """Write a verdict down."""
    return {
        "admitted": not verdict.final,
        "refusals": [_told(refusal) for refusal in verdict.refusals],
        "overridden": [_told(refusal) for refusal in verdict.overridden],
    }


def _told(refusal: Any) -> dict[str, Any]:
    retry = refusal.retry_after
    return {
        "code": refusal.code,
        "message": refusal.message,
        "waits": refusal.waits,
        "retry_after": retry.isoformat() if retry else None,
    }


def waits_for(verdict: Verdict) -> dict[str, Any] | None:
    """Write down what a deployment waits for, and when time alone lets it begin."""
    if not verdict.passing:
        return None
    moments = [refusal.retry_after for refusal in verdict.passing]
    until = max(filter(None, moments)).isoformat() if all(moments) else None
    return {
        "codes": [refusal.code for refusal in verdict.passing],
        "until": until,
        "messages": [refusal.message for refusal in verdict.passing],
    }


def _row(
    wanted: Wanted,
    version_id: str,
    verdict: Verdict,
    registration: Registration,
    now: datetime,
) -> Deployment:
    begins = not verdict.passing
    return Deployment(
        id=new_uid(),
        origin=Origin.ASKED,
        product=wanted.service,
        version=wanted.version,
        version_id=version_id,
        environment=wanted.environment,
        state=DeploymentState.IN_PROGRESS if begins else DeploymentState.PENDING,
        state_reason="",
        change=None,
        source_system="delta-ci",
        scm_sha=registration.git_sha,
        scm_branch=registration.git_branch[:255],
        scm_repository=registration.repo[:500] if registration.repo else None,
        deployed_by=wanted.actor,
        deployed_by_email=wanted.identity.get("email"),
        extra_metadata={},
        preflight={"status": "passed" if begins else "skipped"},
        started_at=now if begins else None,
        created_by=wanted.actor,
        created_at=now,
        updated_at=now,
    )


def _intent(
    row: Deployment,
    wanted: Wanted,
    gathered: Gathered,
    recipe: DeployRecipe,
    verdict: Verdict,
) -> DeploymentIntent:
    group = gathered.placement.group
    assert group is not None  # noqa: S101 - the gates have refused without
    return DeploymentIntent(
        deployment_id=row.id,
        workflow_id=wanted.workflow_id,
        correlation_id=wanted.correlation_id,
        kind=wanted.kind,
        environment=wanted.environment,
        source_environment=wanted.source_environment,
        group_id=group.id,
        recipe_id=recipe.id,
        recipe_revision=recipe.revision,
        recipe=recipe.spec,
        engine_type=recipe.engine_type,
        effective_behavior_summary=recipe.effective_behavior_summary,
        change_summary=wanted.change_summary,
        actor=wanted.identity,
        policy_snapshot=policy_of(gathered),
        rollback_of=wanted.rollback_of,
        engine_key=row.id,
        failures=[],
        overrides=wanted.overrides,
        waits_for=waits_for(verdict),
    )
