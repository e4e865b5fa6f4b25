"""Rules."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from deltaci.store.tables.base import JsonDocument, UtcDateTime

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("approval_type", sa.String(length=30), nullable=False),
        sa.Column("approver_role", sa.String(length=30), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("comments", sa.String(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("actor_email", sa.String(length=255), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "approval_type",
            "actor",
            "environment",
            name=op.f("uq_approvals_subject_kind"),
        ),
    )
    op.create_table(
        "deployment_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "IN_PROGRESS",
                "APPROVED",
                "REJECTED",
                "COMPLETED",
                "CANCELLED",
                name="requeststate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("environments", JsonDocument, nullable=False),
        sa.Column("template_id", sa.String(length=36), nullable=True),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_requests")),
    )
    with op.batch_alter_table("deployment_requests", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_requests_state", ["state", "id"], unique=False)

    op.create_table(
        "deployment_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("products", JsonDocument, nullable=False),
        sa.Column("environments", JsonDocument, nullable=False),
        sa.Column("config", JsonDocument, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_deployment_rules_name")),
    )
    op.create_table(
        "request_templates",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("environments", JsonDocument, nullable=False),
        sa.Column("slots", JsonDocument, nullable=False),
        sa.Column("steps", JsonDocument, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_request_templates_name")),
    )
    op.create_table(
        "rule_violations",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("rule_id", sa.String(length=36), nullable=True),
        sa.Column("rule_name", sa.String(length=200), nullable=False),
        sa.Column("rule_type", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("environment", sa.String(length=100), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("details", JsonDocument, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_violations")),
    )
    with op.batch_alter_table("rule_violations", schema=None) as batch_op:
        batch_op.create_index("ix_rule_violations_at", ["at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_rule_violations_attempt_id"), ["attempt_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rule_violations_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "request_items",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["product"], ["products.id"], name=op.f("fk_request_items_product_products")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["deployment_requests.id"],
            name=op.f("fk_request_items_request_id_deployment_requests"),
        ),
        sa.PrimaryKeyConstraint("request_id", "product", name=op.f("pk_request_items")),
    )
    with op.batch_alter_table("request_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_items_product"), ["product"], unique=False)

    op.create_table(
        "request_slots",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("approval_type", sa.String(length=30), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["deployment_requests.id"],
            name=op.f("fk_request_slots_request_id_deployment_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_slots")),
    )
    with op.batch_alter_table("request_slots", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_slots_request_id"), ["request_id"], unique=False
        )

    op.create_table(
        "request_steps",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("done_by", sa.String(length=200), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["deployment_requests.id"],
            name=op.f("fk_request_steps_request_id_deployment_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_steps")),
    )
    with op.batch_alter_table("request_steps", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_steps_request_id"), ["request_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("request_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_steps_request_id"))

    op.drop_table("request_steps")
    with op.batch_alter_table("request_slots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_slots_request_id"))

    op.drop_table("request_slots")
    with op.batch_alter_table("request_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_items_product"))

    op.drop_table("request_items")
    with op.batch_alter_table("rule_violations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_violations_rule_id"))
        batch_op.drop_index(batch_op.f("ix_rule_violations_attempt_id"))
        batch_op.drop_index("ix_rule_violations_at")

    op.drop_table("rule_violations")
    op.drop_table("request_templates")
    op.drop_table("deployment_rules")
    with op.batch_alter_table("deployment_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_requests_state")

    op.drop_table("deployment_requests")
    op.drop_table("approvals")
