"""What ties repositories and runs to forges: links, secrets, deliveries, triggers, reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.store.tables.base import Base, Identifier, Name, Serial, Text
from deltaci.wire.forges import DeliveryOutcome
from deltaci.wire.reports import ReportState


class ForgeLink(Base):
    """Where a repository is on its forge."""

    __tablename__ = "forge_links"
    __table_args__ = (UniqueConstraint("provider", "full_name_key"),)

    repo_id: Mapped[str] = mapped_column(ForeignKey("repositories.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    full_name: Mapped[Name]
    full_name_key: Mapped[Name]
    """In lower case: forges do not tell cases apart."""
    sealed_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WebhookSecret(Base):
    """One active secret of a repository's webhook; several at once let people rotate them."""

    __tablename__ = "webhook_secrets"

    id: Mapped[Serial]
    repo_id: Mapped[str] = mapped_column(ForeignKey("forge_links.repo_id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[Name]
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One verified delivery; the same one received again is counted, not repeated."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_outcome", "outcome", "received_at", "id"),
        Index("ix_webhook_deliveries_received", "received_at", "id"),
        Index("ix_webhook_deliveries_repo", "repo_id", "received_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    receipt_key: Mapped[Identifier] = mapped_column(unique=True)
    """SHA-256 of provider, delivery id, event and body."""
    provider: Mapped[str] = mapped_column(String(20))
    delivery_id: Mapped[Name]
    event: Mapped[Name]
    full_name: Mapped[Name]
    repo_id: Mapped[str | None] = mapped_column(String(200))
    ref: Mapped[Text]
    commit_sha: Mapped[Identifier]
    pr_number: Mapped[int | None]
    outcome: Mapped[DeliveryOutcome] = mapped_column(
        Enum(DeliveryOutcome, native_enum=False, length=20)
    )
    reason: Mapped[Text]
    run_id: Mapped[str | None] = mapped_column(String(64), index=True)
    redelivery_of: Mapped[str | None] = mapped_column(String(64))
    receipts: Mapped[int]
    headers: Mapped[dict[str, Any]]
    """Those that nothing secret can be in."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed by zlib."""
    received_at: Mapped[datetime]
    last_received_at: Mapped[datetime]


class RunTrigger(Base):
    """The forge's event that a run is for; reruns inherit it, so that they are reported alike."""

    __tablename__ = "run_triggers"
    __table_args__ = (Index("ix_run_triggers_event", "provider", "event_key"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_key: Mapped[Identifier]
    """SHA-256 over repository, commit, event type and pull request (seed «Idempotency»)."""
    event_type: Mapped[str] = mapped_column(String(20))
    """`push`, `tag` or `pull_request`."""
    full_name: Mapped[Name]
    pr_number: Mapped[int | None]
    head_repository: Mapped[Name]
    head_ref: Mapped[Text]
    target_ref: Mapped[str | None]
    """What a pull request wants to be merged into: the change begins where the head left it."""
    target_sha: Mapped[str | None] = mapped_column(String(64))
    before_sha: Mapped[str | None] = mapped_column(String(64))
    """Where a pushed ref pointed before; a hint only, for the commit may be gone."""
    sender: Mapped[Name]


class RunReport(Base):
    """What a run's forge has heard of it as a whole; `runs.forge` says which forge that is."""

    __tablename__ = "run_reports"
    __table_args__ = (Index("ix_run_reports_state", "state", "run_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    state: Mapped[ReportState] = mapped_column(Enum(ReportState, native_enum=False, length=20))
    reported_state: Mapped[str] = mapped_column(String(20))
    """The run's state that the forge was told last; empty before the first report."""
    turn: Mapped[int]
    """Grows with each sender that begins; a sender whose turn is over stops."""
    last_error: Mapped[Text]
    updated_at: Mapped[datetime]
    reported_at: Mapped[datetime | None]
    """When the forge had heard the run's outcome."""


class PublishedCheck(Base):
    """One thing shown on the forge: a check of the run, of a job, or the comment."""

    __tablename__ = "published_checks"

    run_id: Mapped[str] = mapped_column(ForeignKey("run_reports.run_id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(320), primary_key=True)
    """`run`, `comment`, or `job:<name>`."""
    external_id: Mapped[str | None] = mapped_column(String(200))
    """The forge's id; None while a first try may or may not have got through."""
    rank: Mapped[int]
    """The highest that was ever begun: nothing of a lower one is shown any more."""
    fingerprint: Mapped[Identifier]
    """SHA-256 of what was shown last, `sending` while a call is under way; empty when unknown."""
    last_error: Mapped[Text]
    updated_at: Mapped[datetime]
