"""Registry."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "admin_settings",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", JsonDocument, nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_admin_settings")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("is_service", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("artifact_sources", JsonDocument, nullable=False),
        sa.Column("repositories", JsonDocument, nullable=False),
        sa.Column("compatible_recipes", JsonDocument, nullable=True),
        sa.Column("extra_metadata", JsonDocument, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("uid", name=op.f("uq_products_uid")),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("scm_sha", sa.String(length=200), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_versions_product_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("product", "version", name=op.f("uq_versions_product")),
    )
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.create_index("ix_versions_created", ["created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_versions_sha",
            ["scm_sha"],
            unique=False,
            postgresql_ops={"scm_sha": "varchar_pattern_ops"},
        )
        batch_op.create_index("ix_versions_version", ["version"], unique=False)
    op.create_table(
        "usage_counters",
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", "window", name=op.f("pk_usage_counters")),
    )
    with op.batch_alter_table("usage_counters", schema=None) as batch_op:
        batch_op.create_index("ix_usage_counters_expiry", ["expires_at"], unique=False)

    op.create_table(
        "registrations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("artifact_ref", sa.String(), nullable=False),
        sa.Column("git_sha", sa.String(length=200), nullable=False),
        sa.Column("git_branch", sa.String(), nullable=False),
        sa.Column("ci_provider", sa.String(length=200), nullable=False),
        sa.Column("ci_run_id", sa.String(length=200), nullable=False),
        sa.Column("built_at", UtcDateTime(), nullable=False),
        sa.Column("commit_url", sa.String(), nullable=True),
        sa.Column("run_url", sa.String(), nullable=True),
        sa.Column("checksum_sha256", sa.String(length=64), nullable=True),
        sa.Column("repo", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("content_type", sa.String(length=200), nullable=True),
        sa.Column("verification", sa.String(length=20), nullable=False),
        sa.Column("provenance", JsonDocument, nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("ci_publisher", sa.String(length=200), nullable=False),
        sa.Column("registered_by", sa.String(length=200), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_registrations_product_products")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_registrations_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("product", "version", name=op.f("uq_registrations_product")),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index("ix_registrations_registered", ["registered_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_run_id"), ["run_id"], unique=False)

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_original", ["original_run_id"], unique=False)

    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_action", ["action", "id"], unique=False)

    with op.batch_alter_table("run_plans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("build", JsonDocument, nullable=True))

    op.create_table(
        "run_builds",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("build_id", sa.String(length=64), nullable=True),
        sa.Column("refusal_code", sa.String(length=60), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["build_id"], ["registrations.id"], name=op.f("fk_run_builds_build_id_registrations")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_builds_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_builds")),
    )


def downgrade() -> None:
    op.drop_table("run_builds")
    with op.batch_alter_table("run_plans", schema=None) as batch_op:
        batch_op.drop_column("build")

    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_action")

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_original")

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registrations_run_id"))
        batch_op.drop_index("ix_registrations_registered")

    op.drop_table("registrations")
    with op.batch_alter_table("usage_counters", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_counters_expiry")

    op.drop_table("usage_counters")
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.drop_index("ix_versions_version")
        batch_op.drop_index("ix_versions_sha")
        batch_op.drop_index("ix_versions_created")

    op.drop_table("versions")
    op.drop_table("products")
    op.drop_table("admin_settings")
