"""The catalog over HTTP (the DXCP contract's `/v1`): where services are deployed, and how."""

from collections.abc import Mapping
from typing import Any, cast

from deltaci.client.dxcp_shapes import CatalogDifference
from deltaci.client.transport import Request, Transport, segment

CATALOG = "/v1/catalog"
ENVIRONMENTS, GROUPS, RECIPES = "/v1/environments", "/v1/delivery-groups", "/v1/recipes"
ROUTES = "/v1/admin/services"
PAGE = 500
NEXT_CURSOR = "X-Next-Cursor"

Document = Mapping[str, Any]


class Catalog:
    """Read and change the catalog."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def export(self) -> dict[str, Any]:
        """Everything but secrets, as a document that can be applied."""
        return cast("dict[str, Any]", self._transport.fetch(Request("GET", CATALOG)))

    def apply(self, document: Document) -> CatalogDifference:
        """Make what a document names as it says; applying it again changes nothing."""
        request = Request("PUT", CATALOG, body=dict(document))
        return cast("CatalogDifference", self._transport.fetch(request))

    def compare(self, document: Document) -> CatalogDifference:
        """Ask what applying a document would change."""
        request = Request("POST", f"{CATALOG}/compare", body=dict(document))
        return cast("CatalogDifference", self._transport.fetch(request))

    def environments(self) -> list[dict[str, Any]]:
        """Every environment that the caller may know of, by id."""
        return self._all(ENVIRONMENTS)

    def environment(self, name: str) -> dict[str, Any]:
        """One environment."""
        return self._one(f"{ENVIRONMENTS}/{segment(name)}")

    def remove_environment(self, name: str) -> None:
        """Remove an environment that nothing refers to."""
        self._transport.exchange(Request("DELETE", f"{ENVIRONMENTS}/{segment(name)}"))

    def groups(self) -> list[dict[str, Any]]:
        """Every delivery group by id."""
        return self._all(GROUPS)

    def group(self, group_id: str) -> dict[str, Any]:
        """One delivery group."""
        return self._one(f"{GROUPS}/{segment(group_id)}")

    def bindings(self, group_id: str) -> list[dict[str, Any]]:
        """What a group may do where, in the order of promotions."""
        path = f"/v1/admin/delivery-groups/{segment(group_id)}/environments"
        return cast("list[dict[str, Any]]", self._transport.fetch(Request("GET", path)))

    def recipes(self) -> list[dict[str, Any]]:
        """Every deploy recipe by id."""
        return self._all(RECIPES)

    def recipe(self, recipe_id: str) -> dict[str, Any]:
        """One deploy recipe."""
        return self._one(f"{RECIPES}/{segment(recipe_id)}")

    def recipe_revisions(self, recipe_id: str) -> list[dict[str, Any]]:
        """What a recipe said, the newest first."""
        return self._all(f"{RECIPES}/{segment(recipe_id)}/revisions")

    def remove_recipe(self, recipe_id: str) -> None:
        """Remove a recipe that nothing refers to."""
        self._transport.exchange(Request("DELETE", f"/v1/admin/recipes/{segment(recipe_id)}"))

    def routes(self, service: str) -> list[dict[str, Any]]:
        """Every environment with the service's route to it, or none."""
        path = f"{ROUTES}/{segment(service)}/environments"
        return cast("list[dict[str, Any]]", self._transport.fetch(Request("GET", path)))

    def set_route(self, service: str, environment: str, recipe_id: str) -> dict[str, Any]:
        """Deploy a service to an environment by this recipe."""
        path = f"{ROUTES}/{segment(service)}/environments/{segment(environment)}"
        request = Request("PUT", path, body={"recipe_id": recipe_id})
        return cast("dict[str, Any]", self._transport.fetch(request))

    def remove_route(self, service: str, environment: str) -> None:
        """Deploy a service to an environment no more."""
        path = f"{ROUTES}/{segment(service)}/environments/{segment(environment)}"
        self._transport.exchange(Request("DELETE", path))

    def _one(self, path: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self._transport.fetch(Request("GET", path)))

    def _all(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = {"limit": PAGE, "cursor": cursor}
            answer = self._transport.exchange(Request("GET", path, query=query))
            found += self._transport.decode(answer)
            cursor = answer.headers.get(NEXT_CURSOR) or ""
            if not cursor:
                return found
