"""Catalog."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "delivery_groups",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("allowed_environments", JsonDocument, nullable=True),
        sa.Column("allowed_recipes", JsonDocument, nullable=False),
        sa.Column("guardrails", JsonDocument, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("last_change_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_groups")),
    )
    op.create_table(
        "deploy_recipes",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("engine_type", sa.String(length=20), nullable=False),
        sa.Column("spec", JsonDocument, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("effective_behavior_summary", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("last_change_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deploy_recipes")),
    )
    op.create_table(
        "environments",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "DEV",
                "TEST",
                "STAGING",
                "PRODUCTION",
                "OTHER",
                name="environmenttype",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "lifecycle_state",
            sa.Enum(
                "ACTIVE", "DISABLED", "RETIRED", name="lifecyclestate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("extra_metadata", JsonDocument, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
        sa.UniqueConstraint("uid", name=op.f("uq_environments_uid")),
    )
    op.create_table(
        "deploy_recipe_revisions",
        sa.Column("recipe_id", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", JsonDocument, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipe_id"],
            ["deploy_recipes.id"],
            name=op.f("fk_deploy_recipe_revisions_recipe_id_deploy_recipes"),
        ),
        sa.PrimaryKeyConstraint("recipe_id", "revision", name=op.f("pk_deploy_recipe_revisions")),
    )
    op.create_table(
        "group_environments",
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("order_index", sa.Integer(), nullable=False),
        sa.Column("guardrails", JsonDocument, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment"],
            ["environments.id"],
            name=op.f("fk_group_environments_environment_environments"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["delivery_groups.id"],
            name=op.f("fk_group_environments_group_id_delivery_groups"),
        ),
        sa.PrimaryKeyConstraint("group_id", "environment", name=op.f("pk_group_environments")),
    )
    op.create_table(
        "group_services",
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("group_id", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["delivery_groups.id"],
            name=op.f("fk_group_services_group_id_delivery_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["service"], ["products.id"], name=op.f("fk_group_services_service_products")
        ),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_group_services")),
    )
    with op.batch_alter_table("group_services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_services_group_id"), ["group_id"], unique=False)

    op.create_table(
        "routes",
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("recipe_id", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment"], ["environments.id"], name=op.f("fk_routes_environment_environments")
        ),
        sa.ForeignKeyConstraint(
            ["recipe_id"], ["deploy_recipes.id"], name=op.f("fk_routes_recipe_id_deploy_recipes")
        ),
        sa.ForeignKeyConstraint(
            ["service"], ["products.id"], name=op.f("fk_routes_service_products")
        ),
        sa.PrimaryKeyConstraint("service", "environment", name=op.f("pk_routes")),
    )
    with op.batch_alter_table("routes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routes_recipe_id"), ["recipe_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("routes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_routes_recipe_id"))

    op.drop_table("routes")
    with op.batch_alter_table("group_services", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_services_group_id"))

    op.drop_table("group_services")
    op.drop_table("group_environments")
    op.drop_table("deploy_recipe_revisions")
    op.drop_table("environments")
    op.drop_table("deploy_recipes")
    op.drop_table("delivery_groups")
