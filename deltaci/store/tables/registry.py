"""Products, their versions, the builds registered for them, and who may do so how often."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.store.tables.base import Base, Identifier, Name, Text


class Product(Base):
    """What versions are of; the DXCP contract calls it a service. `id` is its name."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    """What the Versioner contract calls it by."""
    is_service: Mapped[bool]
    """Whether somebody made it known: builds are registered and deployed only for services. Events
    of other tools make products, too, and those let nobody deploy anything."""
    description: Mapped[Text]
    artifact_sources: Mapped[list[Any]]
    """Places that its artifacts may come from, as `scheme://bucket/prefix`; empty means any."""
    repositories: Mapped[list[Any]]
    """Repositories whose builds it takes; empty means any."""
    compatible_recipes: Mapped[list[Any] | None]
    """Deploy recipes that can deploy it; None means any."""
    extra_metadata: Mapped[dict[str, Any]]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]


class Version(Base):
    """A product and the text of a version: immutable, and of any form that its tools use."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("product", "version"),
        Index("ix_versions_created", "created_at", "id"),
        Index("ix_versions_version", "version"),
        Index("ix_versions_sha", "scm_sha", postgresql_ops={"scm_sha": "varchar_pattern_ops"}),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("products.id"))
    version: Mapped[Name]
    scm_sha: Mapped[str | None] = mapped_column(String(200))
    """The commit that it was built from, once somebody has said so."""
    created_by: Mapped[Name]
    created_at: Mapped[datetime]


class Registration(Base):
    """What makes a version deployable: one per product and version, never changed."""

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("product", "version"),
        Index("ix_registrations_registered", "registered_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("products.id"))
    version: Mapped[Name]
    artifact_ref: Mapped[Text]
    git_sha: Mapped[Name]
    git_branch: Mapped[Text]
    ci_provider: Mapped[Name]
    ci_run_id: Mapped[Name]
    built_at: Mapped[datetime]
    commit_url: Mapped[str | None] = mapped_column(String)
    run_url: Mapped[str | None] = mapped_column(String)
    checksum_sha256: Mapped[str | None] = mapped_column(String(64))
    """What the caller said; `sha256` is what was found, or said too when nobody looked."""
    repo: Mapped[str | None] = mapped_column(String)
    actor: Mapped[str | None] = mapped_column(String)
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    content_type: Mapped[str | None] = mapped_column(String(200))
    verification: Mapped[str] = mapped_column(String(20))
    """How the artifact was looked at: `off`, or `verified`."""
    provenance: Mapped[dict[str, Any]]
    """What is known of how it was made: signatures, our run, its plan and jobs."""
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"), index=True)
    """Our run that produced it, if one did."""
    ci_publisher: Mapped[Name]
    """The name of the publisher rule that admitted the caller."""
    registered_by: Mapped[Name]
    registered_at: Mapped[datetime]


class AdminSetting(Base):
    """One version of a setting that admins change while the system runs; the highest counts."""

    __tablename__ = "admin_settings"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[dict[str, Any]]
    changed_by: Mapped[Name]
    changed_at: Mapped[datetime]


class UsageCounter(Base):
    """How often somebody did something within a window of time, shared by all API replicas."""

    __tablename__ = "usage_counters"
    __table_args__ = (Index("ix_usage_counters_expiry", "expires_at"),)

    what: Mapped[str] = mapped_column(String(40), primary_key=True)
    who: Mapped[str] = mapped_column(String(200), primary_key=True)
    window: Mapped[Identifier] = mapped_column(primary_key=True)
    """The window's beginning, as ISO 8601 in UTC."""
    count: Mapped[int]
    expires_at: Mapped[datetime]
