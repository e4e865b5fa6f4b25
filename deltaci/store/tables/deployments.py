"""Deployments, those asked of us and those reported to us alike, and what surrounds ours."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.states import DeploymentState
from deltaci.store.tables.base import Base, Identifier, Name, Serial, Text
from deltaci.wire.deployments import Change, DeploymentKind, Origin


class Deployment(Base):
    """One version's way into one environment. What other tools tell of it may all be absent."""

    __tablename__ = "deployments"
    __table_args__ = (
        Index("ix_deployments_current", "product", "environment", "deployed_at", "id"),
        Index("ix_deployments_open", "product", "environment", "state"),
        Index("ix_deployments_created", "created_at", "id"),
        Index("ix_deployments_expiry", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    origin: Mapped[Origin] = mapped_column(Enum(Origin, native_enum=False, length=10))
    product: Mapped[str] = mapped_column(ForeignKey("products.id"))
    version: Mapped[Name]
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id"), index=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.id"))
    state: Mapped[DeploymentState]
    state_reason: Mapped[Text]
    change: Mapped[Change | None] = mapped_column(Enum(Change, native_enum=False, length=20))
    """What it changed about what ran there; known once it has completed."""
    source_system: Mapped[str | None] = mapped_column(String(50))
    build_number: Mapped[str | None] = mapped_column(String(100))
    scm_sha: Mapped[str | None] = mapped_column(String(200))
    scm_branch: Mapped[str | None] = mapped_column(String(255))
    scm_repository: Mapped[str | None] = mapped_column(String(500))
    build_url: Mapped[str | None] = mapped_column(String(500))
    deploy_url: Mapped[str | None] = mapped_column(String(500))
    invoke_id: Mapped[str | None] = mapped_column(String(255))
    deployed_by: Mapped[str | None] = mapped_column(String(255))
    deployed_by_email: Mapped[str | None] = mapped_column(String(255))
    deployed_by_name: Mapped[str | None] = mapped_column(String(255))
    extra_metadata: Mapped[dict[str, Any]]
    preflight: Mapped[dict[str, Any] | None]
    """What the rules said when it started: `status` (passed, failed, skipped), and each rule."""
    started_at: Mapped[datetime | None]
    deployed_at: Mapped[datetime | None]
    """When it completed, failed or was given up."""
    expires_at: Mapped[datetime | None]
    """When one that was left open ends by itself."""
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeploymentIntent(Base):
    """What was asked of us, under which policy, and how far our engine is with it."""

    __tablename__ = "deployment_intents"
    __table_args__ = (Index("ix_deployment_intents_group", "group_id", "environment"),)

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    workflow_id: Mapped[str] = mapped_column(String(300), unique=True)
    correlation_id: Mapped[str] = mapped_column(String(300))
    """The caller's idempotency key."""
    kind: Mapped[DeploymentKind] = mapped_column(Enum(DeploymentKind, native_enum=False, length=20))
    environment: Mapped[str] = mapped_column(String(100))
    source_environment: Mapped[str | None] = mapped_column(String(100))
    group_id: Mapped[str] = mapped_column(String(100))
    recipe_id: Mapped[str] = mapped_column(String(100))
    recipe_revision: Mapped[int]
    recipe: Mapped[dict[str, Any]]
    """The recipe as it was: later changes do not touch what is under way."""
    engine_type: Mapped[str] = mapped_column(String(20))
    effective_behavior_summary: Mapped[Text]
    change_summary: Mapped[Text]
    actor: Mapped[dict[str, Any]]
    policy_snapshot: Mapped[dict[str, Any]]
    rollback_of: Mapped[str | None] = mapped_column(ForeignKey("deployments.id"), index=True)
    rolled_back_by: Mapped[str | None] = mapped_column(String(36))
    superseded_by: Mapped[str | None] = mapped_column(String(36))
    engine_execution_id: Mapped[str | None] = mapped_column(String(255))
    engine_execution_url: Mapped[str | None] = mapped_column(String(500))
    engine_key: Mapped[Identifier]
    """What the engine sees as idempotency key: one per deployment, whatever is tried again."""
    failures: Mapped[list[Any]]
    engine_report: Mapped[dict[str, Any] | None]
    """How the engine said by itself that it has ended; the first word counts."""
    overrides: Mapped[dict[str, Any] | None]
    """Which refusals do not count for it, who said so, and why."""
    cancel_requested_by: Mapped[str | None] = mapped_column(String(200))
    waits_for: Mapped[dict[str, Any] | None]
    """What it waits for while PENDING: approvals, a window, the lock; with the moment if known."""
    asked_after_at: Mapped[datetime | None]
    """When somebody last looked whether its workflow is still there."""


class DeploymentLock(Base):
    """The right to change one service in one environment: one deployment has it at a time."""

    __tablename__ = "deployment_locks"

    product: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), unique=True)
    acquired_at: Mapped[datetime]


class EnvironmentPin(Base):
    """Keeps what a rollback put into an environment there until somebody releases it."""

    __tablename__ = "environment_pins"

    product: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"))
    version: Mapped[Name]
    reason: Mapped[Text]
    pinned_by: Mapped[Name]
    pinned_at: Mapped[datetime]


class DeploymentMoment(Base):
    """One entry of a deployment's timeline, recorded when it happened."""

    __tablename__ = "deployment_moments"
    __table_args__ = (UniqueConstraint("deployment_id", "key"),)

    id: Mapped[Serial]
    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"))
    key: Mapped[str] = mapped_column(String(60))
    actor: Mapped[Name]
    details: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Decision(Base):
    """One decision about a deployment: what was known, which policy counted, and the verdict."""

    __tablename__ = "deployment_decisions"
    __table_args__ = (Index("ix_deployment_decisions_deployment", "deployment_id", "id"),)

    id: Mapped[Serial]
    deployment_id: Mapped[str | None] = mapped_column(ForeignKey("deployments.id"))
    """None when it was refused: then there is no deployment."""
    kind: Mapped[str] = mapped_column(String(20))
    """`asked`, `recheck`, `approval`, `override`, `cancel`."""
    product: Mapped[Name]
    version: Mapped[Name]
    environment: Mapped[str] = mapped_column(String(100))
    actor: Mapped[Name]
    inputs: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]
    verdict: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class DeploymentJob(Base):
    """A run that is one job of a deployment, and what only the job's runner is told."""

    __tablename__ = "deployment_jobs"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(String(36), index=True)
    sealed_secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Variables in JSON, sealed; forgotten when the run has ended."""
