"""Every table. Importing this package fills `Base.metadata`, which migrations compare against."""

from deltaci.store.tables.base import Base
from deltaci.store.tables.jobs import Artifact, Attempt, CacheEvent, FailureExplanation, Job, Lease
from deltaci.store.tables.records import AuditEvent, Effect, IdempotencyKey, Transition
from deltaci.store.tables.runs import Recipe, Repository, Run, RunPlan

__all__ = [
    "Artifact",
    "Attempt",
    "AuditEvent",
    "Base",
    "CacheEvent",
    "Effect",
    "FailureExplanation",
    "IdempotencyKey",
    "Job",
    "Lease",
    "Recipe",
    "Repository",
    "Run",
    "RunPlan",
    "Transition",
]
