"""Every table. Importing this package fills `Base.metadata`, which migrations compare against."""

from deltaci.store.tables.base import Base
from deltaci.store.tables.catalog import (
    DeliveryGroup,
    DeployRecipe,
    DeployRecipeRevision,
    Environment,
    GroupEnvironment,
    GroupService,
    Route,
)
from deltaci.store.tables.deployments import (
    Decision,
    Deployment,
    DeploymentIntent,
    DeploymentJob,
    DeploymentLock,
    DeploymentMoment,
    EnvironmentPin,
)
from deltaci.store.tables.forges import (
    ForgeLink,
    PublishedCheck,
    RunReport,
    RunTrigger,
    WebhookDelivery,
    WebhookSecret,
)
from deltaci.store.tables.jobs import Artifact, Attempt, CacheEvent, FailureExplanation, Job, Lease
from deltaci.store.tables.notifications import (
    Announcement,
    Notification,
    NotificationChannel,
    NotificationPreference,
)
from deltaci.store.tables.records import AuditEvent, Effect, IdempotencyKey, Transition
from deltaci.store.tables.registry import (
    AdminSetting,
    Product,
    Registration,
    UsageCounter,
    Version,
)
from deltaci.store.tables.rules import (
    Approval,
    DeploymentRequest,
    DeploymentRule,
    RequestItem,
    RequestSlot,
    RequestStep,
    RequestTemplate,
    RuleViolation,
)
from deltaci.store.tables.runs import Recipe, Repository, Run, RunPlan
from deltaci.store.tables.tracking import ApiKey, Build, TrackedEvent

__all__ = [
    "AdminSetting",
    "Announcement",
    "ApiKey",
    "Approval",
    "Artifact",
    "Attempt",
    "AuditEvent",
    "Base",
    "Build",
    "CacheEvent",
    "Decision",
    "DeliveryGroup",
    "DeployRecipe",
    "DeployRecipeRevision",
    "Deployment",
    "DeploymentIntent",
    "DeploymentJob",
    "DeploymentLock",
    "DeploymentMoment",
    "DeploymentRequest",
    "DeploymentRule",
    "Effect",
    "Environment",
    "EnvironmentPin",
    "FailureExplanation",
    "ForgeLink",
    "GroupEnvironment",
    "GroupService",
    "IdempotencyKey",
    "Job",
    "Lease",
    "Notification",
    "NotificationChannel",
    "NotificationPreference",
    "Product",
    "PublishedCheck",
    "Recipe",
    "Registration",
    "Repository",
    "RequestItem",
    "RequestSlot",
    "RequestStep",
    "RequestTemplate",
    "Route",
    "RuleViolation",
    "Run",
    "RunPlan",
    "RunReport",
    "RunTrigger",
    "TrackedEvent",
    "Transition",
    "UsageCounter",
    "Version",
    "WebhookDelivery",
    "WebhookSecret",
]
