"""Deployments as the command line reads them; see `deltaci.client.shapes`."""

from typing import Any, NotRequired, TypedDict


class Failure(TypedDict):
    """`deltaci.wire.deployment_views.FailureView`."""

    category: str
    summary: str
    detail: NotRequired[str]
    actionHint: NotRequired[str]
    observedAt: str


class Deployment(TypedDict):
    """`deltaci.wire.deployment_views.DeploymentView`."""

    id: str
    service: str
    environment: str
    version: str
    sourceEnvironment: str | None
    recipeId: str
    recipeRevision: int
    effectiveBehaviorSummary: str
    state: str
    deploymentKind: str
    outcome: str | None
    changeSummary: str
    createdAt: str
    updatedAt: str
    rollbackOf: str | None
    deliveryGroupId: str
    engine_type: str
    failures: list[Failure]
    stateReason: str
    waitsFor: dict[str, Any] | None
    rolledBackBy: str | None
    supersededBy: str | None


class TimelineEvent(TypedDict):
    """`deltaci.wire.deployment_views.TimelineEvent`."""

    key: str
    label: str
    occurredAt: str
    actor: str
    detail: dict[str, Any]
