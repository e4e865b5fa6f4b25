"""Filling the catalog over the API, with names of the test's own."""

import itertools
from typing import Any

import httpx2

from deltaci.testing.registrar import Registrar

_numbers = itertools.count(1)


class Cataloguer:
    """An admin of a served API, and what it adds."""

    def __init__(self, registrar: Registrar) -> None:
        self.registrar = registrar
        self.served = registrar.served
        self.admin = registrar.admin

    def name(self, kind: str) -> str:
        """Return a name that nothing else has."""
        return f"{kind}-{next(_numbers)}"

    async def service(self) -> str:
        """Make a service known."""
        return await self.registrar.service()

    async def environment(self, **fields: Any) -> str:
        """Add an environment, by default one that is not production."""
        body = {"environment_id": self.name("place"), "type": "non_prod"} | fields
        return str((await self._added("/v1/environments", body))["id"])

    async def recipe(self, **fields: Any) -> str:
        """Add a recipe, by default one that does nothing."""
        return str((await self._added("/v1/recipes", self.recipe_body(**fields)))["id"])

    async def group(self, **fields: Any) -> str:
        """Add a delivery group, by default an empty one."""
        body = {"id": self.name("group"), "name": "Sellers"} | fields
        return str((await self._added("/v1/delivery-groups", body))["id"])

    def recipe_body(self, **fields: Any) -> dict[str, Any]:
        """Return what would be sent; a field that is None is left out."""
        body = {
            "id": self.name("recipe"),
            "name": "Standard",
            "engine_type": "noop",
            "effective_behavior_summary": "Does nothing.",
        }
        return {key: value for key, value in (body | fields).items() if value is not None}

    async def bind(self, group_id: str, environment: str, **fields: Any) -> httpx2.Response:
        """Say what a group may do in an environment."""
        path = f"/v1/admin/delivery-groups/{group_id}/environments/{environment}"
        return await self.admin.put(path, json=fields)

    async def route(self, service: str, environment: str, recipe: str) -> httpx2.Response:
        """Say by which recipe a service is deployed to an environment."""
        path = f"/v1/admin/services/{service}/environments/{environment}"
        return await self.admin.put(path, json={"recipe_id": recipe})

    async def _added(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.admin.post(path, json=body)
        answer.raise_for_status()
        added: dict[str, Any] = answer.json()
        return added
