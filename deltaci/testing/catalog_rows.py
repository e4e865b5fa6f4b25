"""Rows of the catalog with as few words as a test can bear, put straight into the database."""

from collections.abc import Sequence
from typing import Any

from deltaci.core import Core
from deltaci.store.catalog import ensure_environment, ensure_product
from deltaci.store.tables import (
    DeliveryGroup,
    DeployRecipe,
    GroupEnvironment,
    GroupService,
    Route,
)
from deltaci.wire.catalog import EnvironmentType

ACTOR = "cataloguer"


class CatalogRows:
    """Writes what the admin routes would, without asking whether they would."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def service(self, name: str) -> str:
        """Make a service known."""
        async with self._core.database.write() as tx:
            product = await ensure_product(tx, name, ACTOR, self._core.clock())
            product.is_service = True
        return name

    async def environment(self, name: str, kind: EnvironmentType = EnvironmentType.OTHER) -> str:
        """Make an environment that is active."""
        async with self._core.database.write() as tx:
            await ensure_environment(tx, name, kind, ACTOR, self._core.clock())
        return name

    async def group(self, group_id: str, *services: str, **columns: Any) -> str:
        """Make a group of these services; by default it may deploy to any environment."""
        now = self._core.clock()
        given: dict[str, Any] = {
            "name": group_id,
            "description": "",
            "owner": "",
            "allowed_environments": None,
            "allowed_recipes": [],
            "guardrails": {},
            "revision": 1,
        }
        async with self._core.database.write() as tx:
            by = {"created_by": ACTOR, "updated_by": ACTOR, "created_at": now, "updated_at": now}
            tx.add(DeliveryGroup(id=group_id, last_change_reason="", **(given | columns), **by))
            await tx.flush()
            tx.add_all(GroupService(service=each, group_id=group_id) for each in services)
        return group_id

    async def binding(
        self,
        group_id: str,
        environment: str,
        order_index: int = 0,
        *,
        is_enabled: bool = True,
        guardrails: dict[str, Any] | None = None,
    ) -> None:
        """Say what a group may do in an environment."""
        async with self._core.database.write() as tx:
            tx.add(
                GroupEnvironment(
                    group_id=group_id,
                    environment=environment,
                    is_enabled=is_enabled,
                    order_index=order_index,
                    guardrails=guardrails or {},
                    updated_by=ACTOR,
                    updated_at=self._core.clock(),
                )
            )

    async def recipe(self, recipe_id: str, **columns: Any) -> str:
        """Make a recipe, by default of the engine that does nothing."""
        now = self._core.clock()
        given: dict[str, Any] = {
            "name": recipe_id,
            "description": "",
            "engine_type": "noop",
            "spec": {"engine": {}},
            "sealed_secret": None,
            "effective_behavior_summary": "does nothing",
            "status": "active",
            "revision": 1,
        }
        async with self._core.database.write() as tx:
            by = {"created_by": ACTOR, "updated_by": ACTOR, "created_at": now, "updated_at": now}
            tx.add(DeployRecipe(id=recipe_id, last_change_reason="", **(given | columns), **by))
        return recipe_id

    async def route(self, recipe_id: str, services: Sequence[str], environment: str) -> None:
        """Deploy these services to an environment by a recipe."""
        async with self._core.database.write() as tx:
            tx.add_all(
                Route(
                    service=service,
                    environment=environment,
                    recipe_id=recipe_id,
                    updated_by=ACTOR,
                    updated_at=self._core.clock(),
                )
                for service in services
            )
