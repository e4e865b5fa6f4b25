"""What other tools tell us: builds, every single event, and the keys that they tell it with."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.states import TrackingStatus
from deltaci.store.tables.base import Base, Identifier, Name, Text

STATUS = Enum(TrackingStatus, native_enum=False, length=20)


class Build(Base):
    """One CI build of a version and how it went; a version may have many."""

    __tablename__ = "builds"
    __table_args__ = (
        Index("ix_builds_open", "version_id", "status"),
        Index("ix_builds_product", "product", "created_at", "id"),
        Index("ix_builds_created", "created_at", "id"),
        Index("ix_builds_expiry", "expires_at"),
        Index("ix_builds_sha", "scm_sha"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    product: Mapped[str] = mapped_column(ForeignKey("products.id"))
    version: Mapped[Name]
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id"))
    status: Mapped[TrackingStatus] = mapped_column(STATUS)
    status_reason: Mapped[Text]
    source_system: Mapped[str | None] = mapped_column(String(50))
    build_number: Mapped[str | None] = mapped_column(String(100))
    scm_sha: Mapped[str | None] = mapped_column(String(40))
    scm_branch: Mapped[str | None] = mapped_column(String(100))
    scm_repository: Mapped[str | None] = mapped_column(String(500))
    build_url: Mapped[str | None] = mapped_column(String(500))
    invoke_id: Mapped[str | None] = mapped_column(String(255))
    built_by: Mapped[str | None] = mapped_column(String(255))
    built_by_email: Mapped[str | None] = mapped_column(String(255))
    built_by_name: Mapped[str | None] = mapped_column(String(255))
    extra_metadata: Mapped[dict[str, Any]]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TrackedEvent(Base):
    """One event as it was received. Rows are only ever added."""

    __tablename__ = "tracked_events"
    __table_args__ = (
        Index("ix_tracked_events_subject", "subject_id", "kind", "id"),
        Index("ix_tracked_events_received", "received_at", "id"),
        Index("ix_tracked_events_product", "product", "received_at", "id"),
        Index(
            "ix_tracked_events_refused",
            "received_at",
            "id",
            postgresql_where=text("outcome = 'refused'"),
            sqlite_where=text("outcome = 'refused'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    """`build` or `deployment`."""
    subject_id: Mapped[str | None] = mapped_column(String(36))
    """The build or deployment that it told of; None when it was refused."""
    product: Mapped[str] = mapped_column(String(255))
    version: Mapped[Name]
    environment: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[TrackingStatus] = mapped_column(STATUS)
    payload: Mapped[dict[str, Any]]
    """What was sent, as it was sent."""
    outcome: Mapped[str] = mapped_column(String(20))
    """`opened`, `advanced`, `repeated`, `late` or `refused`."""
    caller: Mapped[Name]
    received_at: Mapped[datetime]


class ApiKey(Base):
    """A key that tools report with. Only a hash of it is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[Name]
    key_hash: Mapped[Identifier] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
