"""Deployments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "deployment_jobs",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_deployment_jobs_run_id_runs")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_deployment_jobs")),
    )
    with op.batch_alter_table("deployment_jobs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deployment_jobs_deployment_id"), ["deployment_id"], unique=False
        )

    op.create_table(
        "deployments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("ASKED", "REPORTED", name="origin", native_enum=False, length=10),
            nullable=False,
        ),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "IN_PROGRESS",
                "ACTIVE",
                "SUCCEEDED",
                "FAILED",
                "CANCELED",
                "ROLLED_BACK",
                name="deploymentstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column(
            "change",
            sa.Enum(
                "FIRST",
                "ROLL_FORWARD",
                "ROLLBACK",
                "REDEPLOY",
                "OUT_OF_ORDER",
                name="change",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("source_system", sa.String(length=50), nullable=True),
        sa.Column("build_number", sa.String(length=100), nullable=True),
        sa.Column("scm_sha", sa.String(length=200), nullable=True),
        sa.Column("scm_branch", sa.String(length=255), nullable=True),
        sa.Column("scm_repository", sa.String(length=500), nullable=True),
        sa.Column("build_url", sa.String(length=500), nullable=True),
        sa.Column("deploy_url", sa.String(length=500), nullable=True),
        sa.Column("invoke_id", sa.String(length=255), nullable=True),
        sa.Column("deployed_by", sa.String(length=255), nullable=True),
        sa.Column("deployed_by_email", sa.String(length=255), nullable=True),
        sa.Column("deployed_by_name", sa.String(length=255), nullable=True),
        sa.Column("extra_metadata", JsonDocument, nullable=False),
        sa.Column("preflight", JsonDocument, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("deployed_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.id"],
            name=op.f("fk_deployments_environment_environments"),
        ),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_deployments_product_products")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_deployments_version_id_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
    )
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.create_index("ix_deployments_created", ["created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_deployments_current", ["product", "environment", "deployed_at", "id"], unique=False
        )
        batch_op.create_index("ix_deployments_expiry", ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_deployments_open", ["product", "environment", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deployments_version_id"), ["version_id"], unique=False)

    op.create_table(
        "deployment_decisions",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("inputs", JsonDocument, nullable=False),
        sa.Column("policy", JsonDocument, nullable=False),
        sa.Column("verdict", JsonDocument, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_deployment_decisions_deployment_id_deployments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_decisions")),
    )
    with op.batch_alter_table("deployment_decisions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deployment_decisions_deployment", ["deployment_id", "id"], unique=False
        )

    op.create_table(
        "deployment_intents",
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("workflow_id", sa.String(length=300), nullable=False),
        sa.Column("correlation_id", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ROLL_FORWARD",
                "ROLLBACK",
                "PROMOTE",
                name="deploymentkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("source_environment", sa.String(length=100), nullable=True),
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.Column("recipe_id", sa.String(length=100), nullable=False),
        sa.Column("recipe_revision", sa.Integer(), nullable=False),
        sa.Column("recipe", JsonDocument, nullable=False),
        sa.Column("engine_type", sa.String(length=20), nullable=False),
        sa.Column("effective_behavior_summary", sa.String(), nullable=False),
        sa.Column("change_summary", sa.String(), nullable=False),
        sa.Column("actor", JsonDocument, nullable=False),
        sa.Column("policy_snapshot", JsonDocument, nullable=False),
        sa.Column("rollback_of", sa.String(length=36), nullable=True),
        sa.Column("rolled_back_by", sa.String(length=36), nullable=True),
        sa.Column("superseded_by", sa.String(length=36), nullable=True),
        sa.Column("engine_execution_id", sa.String(length=255), nullable=True),
        sa.Column("engine_execution_url", sa.String(length=500), nullable=True),
        sa.Column("engine_key", sa.String(length=64), nullable=False),
        sa.Column("failures", JsonDocument, nullable=False),
        sa.Column("engine_report", JsonDocument, nullable=True),
        sa.Column("overrides", JsonDocument, nullable=True),
        sa.Column("cancel_requested_by", sa.String(length=200), nullable=True),
        sa.Column("waits_for", JsonDocument, nullable=True),
        sa.Column("asked_after_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_deployment_intents_deployment_id_deployments"),
        ),
        sa.ForeignKeyConstraint(
            ["rollback_of"],
            ["deployments.id"],
            name=op.f("fk_deployment_intents_rollback_of_deployments"),
        ),
        sa.PrimaryKeyConstraint("deployment_id", name=op.f("pk_deployment_intents")),
        sa.UniqueConstraint("workflow_id", name=op.f("uq_deployment_intents_workflow_id")),
    )
    with op.batch_alter_table("deployment_intents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deployment_intents_group", ["group_id", "environment"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_deployment_intents_rollback_of"), ["rollback_of"], unique=False
        )

    op.create_table(
        "deployment_locks",
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("acquired_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_deployment_locks_deployment_id_deployments"),
        ),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.id"],
            name=op.f("fk_deployment_locks_environment_environments"),
        ),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_deployment_locks_product_products")
        ),
        sa.PrimaryKeyConstraint("product", "environment", name=op.f("pk_deployment_locks")),
        sa.UniqueConstraint("deployment_id", name=op.f("uq_deployment_locks_deployment_id")),
    )
    op.create_table(
        "deployment_moments",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("details", JsonDocument, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_deployment_moments_deployment_id_deployments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_moments")),
        sa.UniqueConstraint(
            "deployment_id", "key", name=op.f("uq_deployment_moments_deployment_id")
        ),
    )
    op.create_table(
        "environment_pins",
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("deployment_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("pinned_by", sa.String(length=200), nullable=False),
        sa.Column("pinned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_environment_pins_deployment_id_deployments"),
        ),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.id"],
            name=op.f("fk_environment_pins_environment_environments"),
        ),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_environment_pins_product_products")
        ),
        sa.PrimaryKeyConstraint("product", "environment", name=op.f("pk_environment_pins")),
    )


def downgrade() -> None:
    op.drop_table("environment_pins")
    op.drop_table("deployment_moments")
    op.drop_table("deployment_locks")
    with op.batch_alter_table("deployment_intents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deployment_intents_rollback_of"))
        batch_op.drop_index("ix_deployment_intents_group")

    op.drop_table("deployment_intents")
    with op.batch_alter_table("deployment_decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_decisions_deployment")

    op.drop_table("deployment_decisions")
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deployments_version_id"))
        batch_op.drop_index("ix_deployments_open")
        batch_op.drop_index("ix_deployments_expiry")
        batch_op.drop_index("ix_deployments_current")
        batch_op.drop_index("ix_deployments_created")

    op.drop_table("deployments")
    with op.batch_alter_table("deployment_jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deployment_jobs_deployment_id"))

    op.drop_table("deployment_jobs")
