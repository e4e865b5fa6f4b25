"""Repositories, runs, and what was planned for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.states import RunState
from deltaci.store.tables.base import Base, Identifier, Name, Text


class Slot(StrEnum):
    """A run's place under its repository's `max_concurrency`."""

    NONE = "NONE"
    WAITING = "WAITING"
    HELD = "HELD"


class Repository(Base):
    """A repository that runs can be created for; `id` is the contract's `repo_id`."""

    __tablename__ = "repositories"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    url: Mapped[Text]
    default_branch: Mapped[Name]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]


class Run(Base):
    """One asked-for execution of one commit."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_repo_ref", "repo_id", "ref", "created_at"),
        Index("ix_runs_state", "state"),
        Index("ix_runs_created", "created_at", "id"),
        Index("ix_runs_repo_created", "repo_id", "created_at", "id"),
        Index("ix_runs_original", "original_run_id"),
        Index(
            "ix_runs_slot",
            "repo_id",
            "slot",
            sqlite_where=text("slot <> 'NONE'"),
            postgresql_where=text("slot <> 'NONE'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    repo_id: Mapped[str] = mapped_column(ForeignKey("repositories.id"))
    ref: Mapped[Text]
    commit_sha: Mapped[Identifier]
    base_sha: Mapped[str | None] = mapped_column(String(64))
    """Where the change begins; None before planning, and for the empty tree."""
    base_given: Mapped[bool]
    """Whether the caller chose `base_sha`: such a run proves only that range."""
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[Text]
    fork: Mapped[bool]
    state: Mapped[RunState]
    state_reason: Mapped[Text]
    slot: Mapped[Slot] = mapped_column(Enum(Slot, native_enum=False, length=10), default=Slot.NONE)
    workflow_id: Mapped[str] = mapped_column(String(500), unique=True)
    original_run_id: Mapped[str | None] = mapped_column(String(64))
    job_filter: Mapped[list[Any] | None]
    """Names that a rerun asked for; None means all of them."""
    asked_after_at: Mapped[datetime | None]
    """When somebody last looked whether this run's workflow is still there."""
    superseded_by: Mapped[str | None] = mapped_column(String(64))
    forge: Mapped[str | None] = mapped_column(String(20))
    """The provider that is told how the run goes; None when nobody is."""
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class RunPlan(Base):
    """The plan that a run follows, without its jobs, which are rows of their own."""

    __tablename__ = "run_plans"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    plan_id: Mapped[Name]
    recipe_source: Mapped[str] = mapped_column(String(20))
    recipe_id: Mapped[str | None] = mapped_column(String(64))
    recipe_version: Mapped[int | None]
    fingerprint: Mapped[Text]
    explain: Mapped[Text]
    skipped_jobs: Mapped[list[Any]]
    policies: Mapped[dict[str, Any]]
    known_jobs: Mapped[list[Any]]
    """The whole discovered job set, saved as a recipe once the run is green."""
    build: Mapped[dict[str, Any] | None]
    """The build to register once the run is green, as the planner found it; None for none."""
    created_at: Mapped[datetime]


class RunBuild(Base):
    """What became of the build that a green run was to register: written once."""

    __tablename__ = "run_builds"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    build_id: Mapped[str | None] = mapped_column(ForeignKey("registrations.id"))
    """The registration, made by this run or an equivalent one; None when it was refused."""
    refusal_code: Mapped[str | None] = mapped_column(String(60))
    refusal: Mapped[str | None] = mapped_column(String)
    """The refusal in a sentence."""
    settled_at: Mapped[datetime]


class Recipe(Base):
    """An immutable discovered job set that an equal fingerprint may replay (spec §4.6)."""

    __tablename__ = "recipes"
    __table_args__ = (UniqueConstraint("repo_id", "fingerprint", "version"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    repo_id: Mapped[str] = mapped_column(ForeignKey("repositories.id"))
    fingerprint: Mapped[Name]
    version: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    recipe_json: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
