"""First schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("details", JsonDocument, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_events_subject", ["subject_kind", "subject_id", "id"], unique=False
        )

    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", JsonDocument, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", JsonDocument, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["due_at", "id"], unique=False)

    op.create_table(
        "repositories",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("default_branch", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repositories")),
    )
    op.create_table(
        "transitions",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transitions")),
    )
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transitions_subject", ["subject_kind", "subject_id", "id"], unique=False
        )

    op.create_table(
        "recipes",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("repo_id", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("recipe_json", JsonDocument, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repo_id"], ["repositories.id"], name=op.f("fk_recipes_repo_id_repositories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipes")),
        sa.UniqueConstraint("repo_id", "fingerprint", "version", name=op.f("uq_recipes_repo_id")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("repo_id", sa.String(length=200), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("base_sha", sa.String(length=64), nullable=True),
        sa.Column("base_given", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fork", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CREATED",
                "PLANNING",
                "PLAN_FAILED",
                "QUEUED",
                "RUNNING",
                "CANCEL_REQUESTED",
                "SUCCEEDED",
                "FAILED",
                "CANCELED",
                "TIMEOUT",
                name="runstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column(
            "slot",
            sa.Enum("NONE", "WAITING", "HELD", name="slot", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("workflow_id", sa.String(length=500), nullable=False),
        sa.Column("original_run_id", sa.String(length=64), nullable=True),
        sa.Column("job_filter", JsonDocument, nullable=True),
        sa.Column("asked_after_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_by", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repo_id"], ["repositories.id"], name=op.f("fk_runs_repo_id_repositories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("workflow_id", name=op.f("uq_runs_workflow_id")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_runs_repo_created", ["repo_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_runs_repo_ref", ["repo_id", "ref", "created_at"], unique=False)
        batch_op.create_index(
            "ix_runs_slot",
            ["repo_id", "slot"],
            unique=False,
            sqlite_where=sa.text("slot <> 'NONE'"),
            postgresql_where=sa.text("slot <> 'NONE'"),
        )
        batch_op.create_index("ix_runs_state", ["state"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CREATED",
                "QUEUED",
                "LEASED",
                "STARTING",
                "RUNNING",
                "UPLOADING",
                "SUCCEEDED",
                "FAILED",
                "CANCEL_REQUESTED",
                "CANCELED",
                "TIMED_OUT",
                "STALE",
                name="jobstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("spec", JsonDocument, nullable=False),
        sa.Column("policy", JsonDocument, nullable=False),
        sa.Column("depends_on", JsonDocument, nullable=False),
        sa.Column("labels_key", sa.String(), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("reused_from", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_jobs_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("run_id", "name", name=op.f("uq_jobs_run_id")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_inputs", ["inputs_hash"], unique=False)
        batch_op.create_index("ix_jobs_state", ["state"], unique=False)

    op.create_table(
        "run_plans",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("recipe_source", sa.String(length=20), nullable=False),
        sa.Column("recipe_id", sa.String(length=64), nullable=True),
        sa.Column("recipe_version", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("explain", sa.String(), nullable=False),
        sa.Column("skipped_jobs", JsonDocument, nullable=False),
        sa.Column("policies", JsonDocument, nullable=False),
        sa.Column("known_jobs", JsonDocument, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_plans_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_plans")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CREATED",
                "QUEUED",
                "LEASED",
                "STARTING",
                "RUNNING",
                "UPLOADING",
                "SUCCEEDED",
                "FAILED",
                "CANCEL_REQUESTED",
                "CANCELED",
                "TIMED_OUT",
                "STALE",
                name="jobstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_losses", sa.Integer(), nullable=False),
        sa.Column("task_token", sa.LargeBinary(), nullable=True),
        sa.Column("pumped_at", UtcDateTime(), nullable=True),
        sa.Column("runner_id", sa.String(length=200), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("steps", JsonDocument, nullable=False),
        sa.Column("tests", JsonDocument, nullable=True),
        sa.Column("progress", JsonDocument, nullable=True),
        sa.Column("progress_at", UtcDateTime(), nullable=True),
        sa.Column("log_bytes", sa.BigInteger(), nullable=False),
        sa.Column("log_lines", sa.BigInteger(), nullable=False),
        sa.Column("log_truncated", sa.Boolean(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_attempts_job_id_jobs")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("job_id", "attempt_number", name=op.f("uq_attempts_job_id")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_queue", ["state", "queued_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempts_run_id"), ["run_id"], unique=False)

    op.create_table(
        "artifacts",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=True),
        sa.Column("blob_key", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_artifacts_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("attempt_id", "fence", "name", name=op.f("uq_artifacts_attempt_id")),
    )
    op.create_table(
        "cache_events",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("cache_type", sa.String(length=100), nullable=False),
        sa.Column("cache_key", sa.String(), nullable=False),
        sa.Column("cache_hit", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_cache_events_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cache_events")),
    )
    with op.batch_alter_table("cache_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cache_events_attempt_id"), ["attempt_id"], unique=False
        )

    op.create_table(
        "failure_explanations",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("rule_version", sa.String(length=10), nullable=False),
        sa.Column("signals", JsonDocument, nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_failure_explanations_attempt_id_attempts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_explanations")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_failure_explanations_attempt_id")),
    )
    op.create_table(
        "leases",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("runner_id", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "GRANTED",
                "ACTIVE",
                "EXPIRED",
                "REVOKED",
                "COMPLETED",
                "CANCELED",
                name="leasestate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("runtime_deadline", UtcDateTime(), nullable=True),
        sa.Column("last_heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=20), nullable=True),
        sa.Column("cancel_deadline", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_leases_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_leases")),
    )
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.create_index("ix_leases_attempt", ["attempt_id"], unique=False)
        batch_op.create_index("ix_leases_expiry", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_leases_live_attempt",
            ["attempt_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('GRANTED', 'ACTIVE')"),
            postgresql_where=sa.text("state IN ('GRANTED', 'ACTIVE')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_leases_live_attempt",
            sqlite_where=sa.text("state IN ('GRANTED', 'ACTIVE')"),
            postgresql_where=sa.text("state IN ('GRANTED', 'ACTIVE')"),
        )
        batch_op.drop_index("ix_leases_expiry")
        batch_op.drop_index("ix_leases_attempt")

    op.drop_table("leases")
    op.drop_table("failure_explanations")
    with op.batch_alter_table("cache_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cache_events_attempt_id"))

    op.drop_table("cache_events")
    op.drop_table("artifacts")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_run_id"))
        batch_op.drop_index("ix_attempts_queue")

    op.drop_table("attempts")
    op.drop_table("run_plans")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_state")
        batch_op.drop_index("ix_jobs_inputs")

    op.drop_table("jobs")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_state")
        batch_op.drop_index(
            "ix_runs_slot",
            sqlite_where=sa.text("slot <> 'NONE'"),
            postgresql_where=sa.text("slot <> 'NONE'"),
        )
        batch_op.drop_index("ix_runs_repo_ref")
        batch_op.drop_index("ix_runs_repo_created")
        batch_op.drop_index("ix_runs_created")

    op.drop_table("runs")
    op.drop_table("recipes")
    with op.batch_alter_table("transitions", schema=None) as batch_op:
        batch_op.drop_index("ix_transitions_subject")

    op.drop_table("transitions")
    op.drop_table("repositories")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")

    op.drop_table("outbox")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_subject")

    op.drop_table("audit_events")
