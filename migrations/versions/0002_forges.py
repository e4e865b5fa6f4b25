"""Forges."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("receipt_key", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("repo_id", sa.String(length=200), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "RUN_CREATED",
                "DUPLICATE",
                "COMMAND",
                "IGNORED",
                "REJECTED",
                name="deliveryoutcome",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("redelivery_of", sa.String(length=64), nullable=True),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.Column("headers", JsonDocument, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("last_received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("receipt_key", name=op.f("uq_webhook_deliveries_receipt_key")),
    )
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_deliveries_outcome", ["outcome", "received_at", "id"], unique=False
        )
        batch_op.create_index("ix_webhook_deliveries_received", ["received_at", "id"], unique=False)
        batch_op.create_index(
            "ix_webhook_deliveries_repo", ["repo_id", "received_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_webhook_deliveries_run_id"), ["run_id"], unique=False)

    op.create_table(
        "forge_links",
        sa.Column("repo_id", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("full_name_key", sa.String(length=200), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repo_id"], ["repositories.id"], name=op.f("fk_forge_links_repo_id_repositories")
        ),
        sa.PrimaryKeyConstraint("repo_id", name=op.f("pk_forge_links")),
        sa.UniqueConstraint("provider", "full_name_key", name=op.f("uq_forge_links_provider")),
    )
    op.create_table(
        "run_reports",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING", "DELIVERED", "FAILED", name="reportstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("reported_state", sa.String(length=20), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_reports_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_reports")),
    )
    with op.batch_alter_table("run_reports", schema=None) as batch_op:
        batch_op.create_index("ix_run_reports_state", ["state", "run_id"], unique=False)

    op.create_table(
        "run_triggers",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("event_type", sa.String(length=20), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=True),
        sa.Column("head_repository", sa.String(length=200), nullable=False),
        sa.Column("head_ref", sa.String(), nullable=False),
        sa.Column("target_ref", sa.String(), nullable=True),
        sa.Column("target_sha", sa.String(length=64), nullable=True),
        sa.Column("before_sha", sa.String(length=64), nullable=True),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_triggers_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_triggers")),
    )
    with op.batch_alter_table("run_triggers", schema=None) as batch_op:
        batch_op.create_index("ix_run_triggers_event", ["provider", "event_key"], unique=False)

    op.create_table(
        "webhook_secrets",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("repo_id", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repo_id"],
            ["forge_links.repo_id"],
            name=op.f("fk_webhook_secrets_repo_id_forge_links"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secrets")),
    )
    with op.batch_alter_table("webhook_secrets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_secrets_repo_id"), ["repo_id"], unique=False)

    op.create_table(
        "published_checks",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run_reports.run_id"], name=op.f("fk_published_checks_run_id_run_reports")
        ),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_published_checks")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forge", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("forge")

    op.drop_table("published_checks")
    with op.batch_alter_table("webhook_secrets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_secrets_repo_id"))

    op.drop_table("webhook_secrets")
    with op.batch_alter_table("run_triggers", schema=None) as batch_op:
        batch_op.drop_index("ix_run_triggers_event")

    op.drop_table("run_triggers")
    with op.batch_alter_table("run_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_run_reports_state")

    op.drop_table("run_reports")
    op.drop_table("forge_links")
    with op.batch_alter_table("webhook_deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_deliveries_run_id"))
        batch_op.drop_index("ix_webhook_deliveries_repo")
        batch_op.drop_index("ix_webhook_deliveries_received")
        batch_op.drop_index("ix_webhook_deliveries_outcome")

    op.drop_table("webhook_deliveries")
