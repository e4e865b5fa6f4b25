"""What can be deployed where, by whom and how: environments, groups, routes, deploy recipes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from deltaci.store.tables.base import Base, Identifier, Name, Text
from deltaci.wire.catalog import EnvironmentType, LifecycleState


class Environment(Base):
    """Where versions run. `id` is its name; events of other tools make environments, too."""

    __tablename__ = "environments"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    display_name: Mapped[Name]
    type: Mapped[EnvironmentType] = mapped_column(
        Enum(EnvironmentType, native_enum=False, length=20)
    )
    lifecycle_state: Mapped[LifecycleState] = mapped_column(
        Enum(LifecycleState, native_enum=False, length=20)
    )
    description: Mapped[Text]
    extra_metadata: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeliveryGroup(Base):
    """Services of one owner, and the guardrails that their deployments share."""

    __tablename__ = "delivery_groups"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[Name]
    description: Mapped[Text]
    owner: Mapped[Text]
    """E-mail addresses, separated by commas."""
    allowed_environments: Mapped[list[Any] | None]
    """None means any."""
    allowed_recipes: Mapped[list[Any]]
    guardrails: Mapped[dict[str, Any]]
    revision: Mapped[int]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_by: Mapped[Name]
    updated_at: Mapped[datetime]
    last_change_reason: Mapped[Text]


class GroupService(Base):
    """A service's group: it has one at the most."""

    __tablename__ = "group_services"

    service: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("delivery_groups.id"), index=True)


class GroupEnvironment(Base):
    """What a group may do in an environment; counts before the group's own list."""

    __tablename__ = "group_environments"

    group_id: Mapped[str] = mapped_column(ForeignKey("delivery_groups.id"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.id"), primary_key=True)
    is_enabled: Mapped[bool]
    order_index: Mapped[int]
    """Promotions go from one environment to the next by this order."""
    guardrails: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[Name]
    updated_at: Mapped[datetime]


class DeployRecipe(Base):
    """How deployments are carried out. Its newest revision counts; earlier ones are kept."""

    __tablename__ = "deploy_recipes"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[Name]
    description: Mapped[Text]
    engine_type: Mapped[str] = mapped_column(String(20))
    spec: Mapped[dict[str, Any]]
    """What the engine needs, how the result is verified, and when it is rolled back."""
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The engine's credential, sealed; never shown."""
    effective_behavior_summary: Mapped[Text]
    status: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    created_by: Mapped[Name]
    created_at: Mapped[datetime]
    updated_by: Mapped[Name]
    updated_at: Mapped[datetime]
    last_change_reason: Mapped[Text]


class DeployRecipeRevision(Base):
    """What a deploy recipe said at one revision."""

    __tablename__ = "deploy_recipe_revisions"

    recipe_id: Mapped[str] = mapped_column(ForeignKey("deploy_recipes.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]
    fingerprint: Mapped[Identifier]
    changed_by: Mapped[Name]
    changed_at: Mapped[datetime]
    reason: Mapped[Text]


class Route(Base):
    """The recipe by which a service is deployed to an environment."""

    __tablename__ = "routes"

    service: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    environment: Mapped[str] = mapped_column(ForeignKey("environments.id"), primary_key=True)
    recipe_id: Mapped[str] = mapped_column(ForeignKey("deploy_recipes.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[Name]
    updated_at: Mapped[datetime]
