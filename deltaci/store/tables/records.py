"""What the system remembers about its own doings: keys, effects, transitions, audit."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.store.tables.base import Base, Identifier, Name, Serial, Text


class IdempotencyKey(Base):
    """A request that was answered, so that its repetition gets the same answer."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(300), primary_key=True)
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    fingerprint: Mapped[Identifier]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Effect(Base):
    """The outbox: what must happen outside the database because of a commit."""

    __tablename__ = "outbox"
    # Ids are never reused: a late deletion by id must not hit a newer effect.
    __table_args__ = (Index("ix_outbox_due", "due_at", "id"), {"sqlite_autoincrement": True})

    id: Mapped[Serial]
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[Text] = mapped_column(default="")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Transition(Base):
    """One state change: of what, from where to where, by whom, when and why."""

    __tablename__ = "transitions"
    __table_args__ = (Index("ix_transitions_subject", "subject_kind", "subject_id", "id"),)

    id: Mapped[Serial]
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[Name]
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[Name]
    reason: Mapped[Text]
    at: Mapped[datetime]


class AuditEvent(Base):
    """Who did what, or was denied it. Rows are only ever added."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_events_action", "action", "id"),
    )

    id: Mapped[Serial]
    at: Mapped[datetime]
    actor: Mapped[Name]
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[Name]
    details: Mapped[dict[str, Any]]
