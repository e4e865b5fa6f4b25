"""Deployments as the DXCP contract shows them (spec §3). Absent values are null, as it has them."""

from typing import Any

from deltaci.states import DeploymentState
from deltaci.wire.deployments import DeploymentKind
from deltaci.wire.values import OmitsAbsent, Timestamp, WireModel


class FailureView(OmitsAbsent):
    """Why it failed, in words that name no engine's internals (spec §3.7)."""

    category: str
    summary: str
    detail: str | None = None
    actionHint: str | None = None  # noqa: N815 - the contract spells it so
    observedAt: Timestamp  # noqa: N815 - as above


class DeploymentView(WireModel):
    """A deployment's public record."""

    id: str
    service: str
    environment: str
    version: str
    sourceEnvironment: str | None  # noqa: N815 - the contract spells it so
    recipeId: str  # noqa: N815 - as above
    recipeRevision: int  # noqa: N815 - as above
    effectiveBehaviorSummary: str  # noqa: N815 - as above
    state: DeploymentState
    deploymentKind: DeploymentKind  # noqa: N815 - as above
    outcome: str | None
    """SUCCEEDED, FAILED, CANCELED, ROLLED_BACK, SUPERSEDED; null until it has ended."""
    changeSummary: str  # noqa: N815 - as above
    createdAt: Timestamp  # noqa: N815 - as above
    updatedAt: Timestamp  # noqa: N815 - as above
    rollbackOf: str | None  # noqa: N815 - as above
    deliveryGroupId: str  # noqa: N815 - as above
    engine_type: str
    failures: list[FailureView]
    stateReason: str  # noqa: N815 - as above
    waitsFor: dict[str, Any] | None  # noqa: N815 - as above
    """What it waits for while PENDING: codes, and the moment when time alone clears them."""
    rolledBackBy: str | None  # noqa: N815 - as above
    supersededBy: str | None  # noqa: N815 - as above


class AdminDeploymentView(DeploymentView):
    """The same with what only admins see."""

    engineExecutionId: str | None  # noqa: N815 - the contract spells it so
    engineExecutionUrl: str | None  # noqa: N815 - as above
    actorIdentity: dict[str, Any]  # noqa: N815 - as above
    policySnapshot: dict[str, Any]  # noqa: N815 - as above
    intentCorrelationId: str  # noqa: N815 - as above


class PolicyView(WireModel):
    """The guardrails that count, and how much of them is used."""

    max_concurrent_deployments: int
    current_concurrent_deployments: int
    daily_deploy_quota: int
    deployments_used: int
    deployments_remaining: int
    daily_quota_build_register: int


class Validated(WireModel):
    """`POST /v1/deployments/validate`: it may go in."""

    service: str
    environment: str
    version: str
    recipeId: str  # noqa: N815 - the contract spells it so
    deliveryGroupId: str  # noqa: N815 - as above
    versionRegistered: bool = True  # noqa: N815 - as above
    policy: PolicyView
    validatedAt: Timestamp  # noqa: N815 - as above


class PromotionValidated(WireModel):
    """`POST /v1/promotions/validate`: it may be promoted."""

    service: str
    source_environment: str
    target_environment: str
    version: str
    recipeId: str  # noqa: N815 - the contract spells it so
    deliveryGroupId: str  # noqa: N815 - as above
    versionEligible: bool = True  # noqa: N815 - as above
    policy: PolicyView
    validatedAt: Timestamp  # noqa: N815 - as above


class ResolvedRecipe(WireModel):
    """The recipe that a service is deployed by."""

    id: str
    name: str
    status: str
    revision: int
    effectiveBehaviorSummary: str  # noqa: N815 - the contract spells it so
    routing: str
    """Where it comes from: `service_environment`."""


class PolicySummary(WireModel):
    """`POST /v1/policy/summary`: what counts, before there is a version."""

    service: str
    environment: str
    deliveryGroupId: str  # noqa: N815 - the contract spells it so
    policy: PolicyView
    resolvedRecipe: ResolvedRecipe  # noqa: N815 - as above
    generatedAt: Timestamp  # noqa: N815 - as above


class TimelineEvent(WireModel):
    """One entry of a timeline, recorded when it happened."""

    key: str
    label: str
    occurredAt: Timestamp  # noqa: N815 - the contract spells it so
    actor: str
    detail: dict[str, Any]


class RunningView(WireModel):
    """What runs in an environment now, as far as we know."""

    service: str
    environment: str
    scope: str = "service"
    version: str
    deploymentId: str  # noqa: N815 - the contract spells it so
    deploymentKind: DeploymentKind  # noqa: N815 - as above
    derivedAt: Timestamp  # noqa: N815 - as above


class PromotionCandidate(OmitsAbsent):
    """Whether what runs here can go on to the next environment, or why not."""

    eligible: bool
    source_environment: str | None = None
    target_environment: str | None = None
    version: str | None = None
    recipeId: str | None = None  # noqa: N815 - the contract spells it so
    reason: str | None = None


class PinView(WireModel):
    """What holds an environment after a rollback."""

    version: str
    deploymentId: str  # noqa: N815 - the contract spells it so
    reason: str
    pinnedBy: str  # noqa: N815 - as above
    pinnedAt: Timestamp  # noqa: N815 - as above


class DeliveryStatus(WireModel):
    """`GET /v1/services/{service}/delivery-status`."""

    service: str
    environment: str
    hasDeployments: bool  # noqa: N815 - the contract spells it so
    latest: DeploymentView | None
    currentRunning: RunningView | None  # noqa: N815 - as above
    promotionCandidate: PromotionCandidate | None  # noqa: N815 - as above
    pin: PinView | None = None


class AllowedActions(WireModel):
    """`GET /v1/services/{service}/allowed-actions`: what the caller's role lets it do."""

    service: str
    role: str
    actions: dict[str, bool]


class Counted(WireModel):
    """How many of a kind."""

    key: str
    count: int


class Insights(WireModel):
    """`GET /v1/insights/failures`."""

    windowDays: int  # noqa: N815 - the contract spells it so
    windowStart: Timestamp  # noqa: N815 - as above
    windowEnd: Timestamp  # noqa: N815 - as above
    totalDeployments: int  # noqa: N815 - as above
    totalRollbacks: int  # noqa: N815 - as above
    rollbackRate: float  # noqa: N815 - as above
    failuresByCategory: list[Counted]  # noqa: N815 - as above
    deploymentsByRecipe: list[Counted]  # noqa: N815 - as above
    deploymentsByGroup: list[Counted]  # noqa: N815 - as above


class ApprovalView(WireModel):
    """Somebody's word about a deployment."""

    actor: str
    role: str
    verdict: str
    comments: str
    at: Timestamp


class CallbackHeard(WireModel):
    """`POST /v1/deployments/{id}/callback`: a deployer's word has arrived."""

    deployment_id: str
    counted: bool
    """Whether it was the first end that was told of a deployment that is open."""
