"""Rules that gate deployments, what they found, and the requests and approvals they ask for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.states import RequestState
from deltaci.store.tables.base import Base, Name, Serial, Text


class DeploymentRule(Base):
    """One rule. What `config` holds depends on `type`; empty scopes mean everything."""

    __tablename__ = "deployment_rules"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Name] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(30))
    """`schedule`, `flow`, `concurrency`, `version_approval`, `request_approval`."""
    status: Mapped[str] = mapped_column(String(20))
    """`enabled`, `report_only` or `disabled`."""
    description: Mapped[Text]
    products: Mapped[list[Any]]
    environments: Mapped[list[Any]]
    config: Mapped[dict[str, Any]]
    revision: Mapped[int]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_by: Mapped[Name]
    updated_at: Mapped[datetime]


class RuleViolation(Base):
    """A rule that did not hold for an attempt to deploy, whether that was refused or only noted."""

    __tablename__ = "rule_violations"
    __table_args__ = (Index("ix_rule_violations_at", "at", "id"),)

    id: Mapped[Serial]
    attempt_id: Mapped[str] = mapped_column(String(36), index=True)
    """The deployment; or the refused attempt, which is none."""
    rule_id: Mapped[str | None] = mapped_column(String(36), index=True)
    rule_name: Mapped[Name]
    rule_type: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(60))
    blocked: Mapped[bool]
    product: Mapped[str] = mapped_column(String(255))
    version: Mapped[Name]
    environment: Mapped[str] = mapped_column(String(100))
    message: Mapped[Text]
    details: Mapped[dict[str, Any]]
    actor: Mapped[Name]
    at: Mapped[datetime]


class Approval(Base):
    """Somebody's sign-off, or refusal, of a version, a deployment or a slot of a request."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "approval_type", "actor", "environment"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(20))
    """`version`, `deployment` or `request_slot`."""
    subject_id: Mapped[str] = mapped_column(String(64))
    approval_type: Mapped[str] = mapped_column(String(30))
    approver_role: Mapped[str] = mapped_column(String(30))
    verdict: Mapped[str] = mapped_column(String(10))
    """`approved` or `rejected`."""
    environment: Mapped[str] = mapped_column(String(100))
    """Where it was given for; empty means everywhere."""
    comments: Mapped[Text]
    actor: Mapped[Name]
    actor_email: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]


class DeploymentRequest(Base):
    """A planned deployment of versions to environments, with the sign-offs and steps it needs."""

    __tablename__ = "deployment_requests"
    __table_args__ = (Index("ix_deployment_requests_state", "state", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Name]
    description: Mapped[Text]
    state: Mapped[RequestState] = mapped_column(Enum(RequestState, native_enum=False, length=20))
    environments: Mapped[list[Any]]
    template_id: Mapped[str | None] = mapped_column(String(36))
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RequestItem(Base):
    """A version that a request is about: one of each product."""

    __tablename__ = "request_items"

    request_id: Mapped[str] = mapped_column(ForeignKey("deployment_requests.id"), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True, index=True)
    version: Mapped[Name]


class RequestSlot(Base):
    """A sign-off that a request needs."""

    __tablename__ = "request_slots"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("deployment_requests.id"), index=True)
    position: Mapped[int]
    approval_type: Mapped[str] = mapped_column(String(30))
    required: Mapped[bool]


class RequestStep(Base):
    """Something to do before or after a request's deployments."""

    __tablename__ = "request_steps"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("deployment_requests.id"), index=True)
    phase: Mapped[str] = mapped_column(String(10))
    """`pre` or `post`."""
    position: Mapped[int]
    title: Mapped[Text]
    done_by: Mapped[str | None] = mapped_column(String(200))
    done_at: Mapped[datetime | None]


class RequestTemplate(Base):
    """Slots and steps that requests begin with."""

    __tablename__ = "request_templates"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Name] = mapped_column(unique=True)
    environments: Mapped[list[Any]]
    slots: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
