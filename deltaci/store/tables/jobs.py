"""Jobs, their attempts and leases, and what came out of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.states import JobState, LeaseState
from deltaci.store.tables.base import Base, Counter, Identifier, Name, Serial, Text


class Job(Base):
    """One job of a run. `spec` is written once, so that a restart can offer it again."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("run_id", "name"),
        Index("ix_jobs_inputs", "inputs_hash"),
        Index("ix_jobs_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(300))
    required: Mapped[bool]
    state: Mapped[JobState]
    state_reason: Mapped[Text]
    reason: Mapped[Text]
    spec: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]
    depends_on: Mapped[list[Any]]
    labels_key: Mapped[Text]
    """What a runner must offer, sorted and comma-joined: one lookup finds who can take what."""
    inputs_hash: Mapped[Identifier]
    """Commit and spec: equal inputs that both failed and passed mean a flake."""
    attempt_count: Mapped[int] = mapped_column(default=0)
    reused_from: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Attempt(Base):
    """One try at a job: the row that runners, the lease pump and the sweeper all compete for."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("job_id", "attempt_number"),
        Index("ix_attempts_queue", "state", "queued_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    attempt_number: Mapped[int]
    state: Mapped[JobState]
    fence: Mapped[int] = mapped_column(default=0)
    """Grows with every lease; a message of an older lease is stale."""
    lease_losses: Mapped[int] = mapped_column(default=0)
    task_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Completes the Temporal activity that waits for this attempt; never leaves the server."""
    pumped_at: Mapped[datetime | None]
    runner_id: Mapped[str | None] = mapped_column(String(200))
    exit_code: Mapped[int | None]
    summary: Mapped[Text] = mapped_column(default="")
    steps: Mapped[list[Any]] = mapped_column(default=list)
    tests: Mapped[dict[str, Any] | None]
    progress: Mapped[dict[str, Any] | None]
    progress_at: Mapped[datetime | None]
    log_bytes: Mapped[Counter]
    log_lines: Mapped[Counter]
    """Line ends among `log_bytes`; without meaning while there are none."""
    log_truncated: Mapped[bool] = mapped_column(default=False)
    queued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Lease(Base):
    """One runner's exclusive, expiring right to one attempt. Only a hash of its id is kept."""

    __tablename__ = "leases"
    __table_args__ = (
        Index(
            "uq_leases_live_attempt",
            "attempt_id",
            unique=True,
            sqlite_where=text("state IN ('GRANTED', 'ACTIVE')"),
            postgresql_where=text("state IN ('GRANTED', 'ACTIVE')"),
        ),
        Index("ix_leases_attempt", "attempt_id"),
        Index("ix_leases_expiry", "state", "expires_at"),
    )

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    runner_id: Mapped[Name]
    state: Mapped[LeaseState]
    fence: Mapped[int]
    granted_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    runtime_deadline: Mapped[datetime | None]
    last_heartbeat_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(20))
    cancel_deadline: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(64))
    """Fingerprint of the message that closed the lease, so that its exact replay is answered."""


class Artifact(Base):
    """A stored file of an attempt; shown once complete. `name` is unique within one lease of it."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("attempt_id", "fence", "name"),)

    id: Mapped[Serial]
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    fence: Mapped[int]
    type: Mapped[str] = mapped_column(String(100))
    name: Mapped[Text]
    uri: Mapped[str | None]
    """Where a runner says that it stored the file itself; untrusted. None when we hold it."""
    blob_key: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    received_bytes: Mapped[Counter]
    sha256: Mapped[str | None] = mapped_column(String(64))
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CacheEvent(Base):
    """What happened to one cache during an attempt."""

    __tablename__ = "cache_events"

    id: Mapped[Serial]
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    cache_type: Mapped[str] = mapped_column(String(100))
    cache_key: Mapped[Text]
    cache_hit: Mapped[bool]
    read_only: Mapped[bool]


class FailureExplanation(Base):
    """Why an attempt failed; advisory, one per attempt, replaced when more is known."""

    __tablename__ = "failure_explanations"

    id: Mapped[Serial]
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), unique=True)
    category: Mapped[str] = mapped_column(String(20))
    summary: Mapped[Text]
    confidence: Mapped[str] = mapped_column(String(10))
    rule_version: Mapped[str] = mapped_column(String(10))
    signals: Mapped[dict[str, Any]]
    details: Mapped[Text]
    created_at: Mapped[datetime]
