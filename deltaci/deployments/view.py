"""Deployments as the DXCP contract shows them, to the caller who looks (spec §3.1)."""

from deltaci.deployments.question import Asker
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.deployments import Ours
from deltaci.wire.deployment_views import AdminDeploymentView, DeploymentView, FailureView
from deltaci.wire.governance import ContractRole


def view_of(ours: Ours, asker: Asker) -> DeploymentView:
    """Show a deployment; admins see who asked for it under which policy, and the engine's ids."""
    row, intent = ours.row, ours.intent
    told = {
        "id": row.id,
        "service": row.product,
        "environment": row.environment,
        "version": row.version,
        "sourceEnvironment": intent.source_environment,
        "recipeId": intent.recipe_id,
        "recipeRevision": intent.recipe_revision,
        "effectiveBehaviorSummary": intent.effective_behavior_summary,
        "state": row.state,
        "deploymentKind": intent.kind,
        "outcome": outcome_of(ours),
        "changeSummary": intent.change_summary,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "rollbackOf": intent.rollback_of,
        "deliveryGroupId": intent.group_id,
        "engine_type": intent.engine_type.upper(),
        "failures": failures_of(ours),
        "stateReason": row.state_reason,
        "waitsFor": intent.waits_for if row.state is DeploymentState.PENDING else None,
        "rolledBackBy": intent.rolled_back_by,
        "supersededBy": intent.superseded_by,
    }
    if asker.role is not ContractRole.PLATFORM_ADMIN:
        return DeploymentView.model_validate(told)
    return AdminDeploymentView.model_validate(
        {
            **told,
            "engineExecutionId": intent.engine_execution_id,
            "engineExecutionUrl": intent.engine_execution_url,
            "actorIdentity": intent.actor,
            "policySnapshot": intent.policy_snapshot,
            "intentCorrelationId": intent.correlation_id,
        }
    )


def failures_of(ours: Ours) -> list[FailureView]:
    """Show why it failed."""
    return [FailureView.model_validate(failure) for failure in ours.intent.failures]


def outcome_of(ours: Ours) -> str | None:
    """Return how it ended; a success that another has followed is SUPERSEDED."""
    if ours.row.state in DEPLOYMENT_OPEN:
        return None
    if ours.row.state is DeploymentState.SUCCEEDED and ours.intent.superseded_by:
        return "SUPERSEDED"
    return str(ours.row.state)
