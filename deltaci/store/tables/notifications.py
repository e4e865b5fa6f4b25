"""What happened that people and tools may want to hear of, and who was told how."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.store.tables.base import Base, Name, Serial, Text


class Announcement(Base):
    """Something that happened, written in the transaction in which it did: never more, never less.

    An outbox of its own: workers fan out what has no `fanned_out_at`, in order.
    """

    __tablename__ = "announcements"
    __table_args__ = (
        Index("ix_announcements_waiting", "fanned_out_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Serial]
    event_type: Mapped[str] = mapped_column(String(60))
    """`deployment.completed`, `build.failed`, `dr.approved`, …"""
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(String(64))
    """Announcements of one subject are told in order."""
    product: Mapped[str | None] = mapped_column(String(255))
    version: Mapped[str | None] = mapped_column(String(200))
    environment: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str | None] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    fanned_out_at: Mapped[datetime | None]


class NotificationChannel(Base):
    """Where notifications go. Its address is sealed: it often is a credential."""

    __tablename__ = "notification_channels"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[Name] = mapped_column(unique=True)
    channel_type: Mapped[str] = mapped_column(String(30))
    sealed_config: Mapped[bytes] = mapped_column(LargeBinary)
    shown_config: Mapped[dict[str, Any]]
    """What may be shown of the configuration."""
    enabled: Mapped[bool]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """A deleted channel keeps its row for the history's sake, without its address."""


class NotificationPreference(Base):
    """Which events a channel hears of."""

    __tablename__ = "notification_preferences"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("notification_channels.id"), index=True)
    event_type: Mapped[str] = mapped_column(String(60))
    """One type, or `build.*`, `deployment.*`, `dr.*`, `*`."""
    products: Mapped[list[Any]]
    environments: Mapped[list[Any]]
    statuses: Mapped[list[Any]]
    """Empty means any."""
    template: Mapped[Text]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]


class Notification(Base):
    """One announcement for one channel: told exactly once, however often that is tried."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("announcement_id", "channel_id", "redelivery"),
        Index("ix_notifications_state", "state", "id"),
        Index("ix_notifications_order", "channel_id", "subject_key", "announcement_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    channel_id: Mapped[str] = mapped_column(ForeignKey("notification_channels.id"))
    redelivery: Mapped[int]
    """0 for the first; an admin may have it told again, as 1, 2, …"""
    subject_key: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))
    """`PENDING`, `DELIVERED`, `FAILED` (given up) or `DROPPED` (the channel is gone)."""
    template: Mapped[Text]
    attempts: Mapped[int]
    last_status: Mapped[int | None]
    last_error: Mapped[Text]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
