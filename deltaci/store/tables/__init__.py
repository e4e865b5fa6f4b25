"""Every table. Importing this package fills `Base.metadata`, which migrations compare against."""

from deltaci.store.tables.base import Base
from deltaci.store.tables.forges import (
    ForgeLink,
    PublishedCheck,
    RunReport,
    RunTrigger,
    WebhookDelivery,
    WebhookSecret,
)
from deltaci.store.tables.jobs import Artifact, Attempt, CacheEvent, FailureExplanation, Job, Lease
from deltaci.store.tables.records import AuditEvent, Effect, IdempotencyKey, Transition
from deltaci.store.tables.registry import AdminSetting, Product, Registration, UsageCounter
from deltaci.store.tables.runs import Recipe, Repository, Run, RunBuild, RunPlan

__all__ = [
    "AdminSetting",
    "Artifact",
    "Attempt",
    "AuditEvent",
    "Base",
    "CacheEvent",
    "Effect",
    "FailureExplanation",
    "ForgeLink",
    "IdempotencyKey",
    "Job",
    "Lease",
    "Product",
    "PublishedCheck",
    "Recipe",
    "Registration",
    "Repository",
    "Run",
    "RunBuild",
    "RunPlan",
    "RunReport",
    "RunTrigger",
    "Transition",
    "UsageCounter",
    "WebhookDelivery",
    "WebhookSecret",
]
