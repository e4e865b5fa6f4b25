"""Tracking."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", JsonDocument, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "tracked_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=True),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "STARTED",
                "COMPLETED",
                "FAILED",
                "ABORTED",
                name="trackingstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("payload", JsonDocument, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("caller", sa.String(length=200), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_events")),
    )
    with op.batch_alter_table("tracked_events", schema=None) as batch_op:
        batch_op.create_index("ix_tracked_events_received", ["received_at", "id"], unique=False)
        batch_op.create_index(
            "ix_tracked_events_subject", ["subject_id", "kind", "id"], unique=False
        )
        batch_op.create_index(
            "ix_tracked_events_refused",
            ["received_at", "id"],
            unique=False,
            postgresql_where=sa.text("outcome = 'refused'"),
            sqlite_where=sa.text("outcome = 'refused'"),
        )
        batch_op.create_index(
            "ix_tracked_events_product", ["product", "received_at", "id"], unique=False
        )

    op.create_table(
        "builds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "STARTED",
                "COMPLETED",
                "FAILED",
                "ABORTED",
                name="trackingstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=False),
        sa.Column("source_system", sa.String(length=50), nullable=True),
        sa.Column("build_number", sa.String(length=100), nullable=True),
        sa.Column("scm_sha", sa.String(length=40), nullable=True),
        sa.Column("scm_branch", sa.String(length=100), nullable=True),
        sa.Column("scm_repository", sa.String(length=500), nullable=True),
        sa.Column("build_url", sa.String(length=500), nullable=True),
        sa.Column("invoke_id", sa.String(length=255), nullable=True),
        sa.Column("built_by", sa.String(length=255), nullable=True),
        sa.Column("built_by_email", sa.String(length=255), nullable=True),
        sa.Column("built_by_name", sa.String(length=255), nullable=True),
        sa.Column("extra_metadata", JsonDocument, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_builds_product_products")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_builds_version_id_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_builds")),
    )
    with op.batch_alter_table("builds", schema=None) as batch_op:
        batch_op.create_index("ix_builds_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_builds_expiry", ["expires_at"], unique=False)
        batch_op.create_index("ix_builds_open", ["version_id", "status"], unique=False)
        batch_op.create_index("ix_builds_product", ["product", "created_at", "id"], unique=False)
        batch_op.create_index("ix_builds_sha", ["scm_sha"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("builds", schema=None) as batch_op:
        batch_op.drop_index("ix_builds_sha")
        batch_op.drop_index("ix_builds_product")
        batch_op.drop_index("ix_builds_open")
        batch_op.drop_index("ix_builds_expiry")
        batch_op.drop_index("ix_builds_created")

    op.drop_table("builds")
    with op.batch_alter_table("tracked_events", schema=None) as batch_op:
        batch_op.drop_index("ix_tracked_events_product")
        batch_op.drop_index("ix_tracked_events_refused")
        batch_op.drop_index("ix_tracked_events_subject")
        batch_op.drop_index("ix_tracked_events_received")

    op.drop_table("tracked_events")
    op.drop_table("api_keys")
