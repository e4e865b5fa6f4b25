"""The whole catalog as it is: its rows, and what they say as one document."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from deltaci.catalog.changes import Values
from deltaci.catalog.environments.values import values_of as values_of_environment
from deltaci.catalog.groups.bindings import values_of as values_of_binding
from deltaci.catalog.groups.values import values_of as values_of_group
from deltaci.catalog.recipes.values import values_of as values_of_recipe
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import Services, all_groups, bindings_of, services_of
from deltaci.store.deploy_recipes import all_recipes
from deltaci.store.environments import all_environments
from deltaci.store.registry import all_services, hold_services
from deltaci.store.revisions import hold_known
from deltaci.store.routes import all_routes
from deltaci.store.tables import (
    DeliveryGroup,
    DeployRecipe,
    Environment,
    GroupEnvironment,
    Product,
    Route,
)

Catalog = dict[str, dict[str, Values]]
"""Services, environments, recipes and groups, each by id, as a document says them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of one moment, by their keys."""

    services: Mapping[str, Product]
    environments: Mapping[str, Environment]
    recipes: Mapping[str, DeployRecipe]
    groups: Mapping[str, DeliveryGroup]
    members: Services
    bindings: Mapping[tuple[str, str], GroupEnvironment]
    routes: Mapping[tuple[str, str], Route]

    def document(self) -> Catalog:
        """Return what the rows say."""
        return {
            "services": {name: self._service(row) for name, row in self.services.items()},
            "environments": {
                name: values_of_environment(row) for name, row in self.environments.items()
            },
            "recipes": {name: values_of_recipe(row) for name, row in self.recipes.items()},
            "groups": {name: self._group(row) for name, row in self.groups.items()},
        }

    def _service(self, row: Product) -> Values:
        routes = {
            environment: route.recipe_id
            for (service, environment), route in self.routes.items()
            if service == row.id
        }
        return {
            "description": row.description,
            "allowed_artifact_sources": row.artifact_sources,
            "allowed_repositories": row.repositories,
            "allowed_recipes": row.compatible_recipes,
            "routes": routes,
        }

    def _group(self, row: DeliveryGroup) -> Values:
        bindings = {
            environment: values_of_binding(binding)
            for (group_id, environment), binding in self.bindings.items()
            if group_id == row.id
        }
        return values_of_group(row, self.members.get(row.id, [])) | {"environments": bindings}


async def take_snapshot(tx: Transaction) -> Snapshot:
    """Read the whole catalog."""
    return Snapshot(
        services={row.id: row for row in await all_services(tx)},
        environments={row.id: row for row in await all_environments(tx)},
        recipes={row.id: row for row in await all_recipes(tx)},
        groups={row.id: row for row in await all_groups(tx)},
        members=await services_of(tx),
        bindings={(row.group_id, row.environment): row for row in await bindings_of(tx)},
        routes={(row.service, row.environment): row for row in await all_routes(tx)},
    )


async def hold_snapshot(tx: Transaction, services: Collection[str]) -> Snapshot:
    """Read the whole catalog, and keep all that can be referred to until the commit.

    These services are held before they are read: nothing that is said of them is written over
    unseen.
    """
    await hold_services(tx, services)
    found = await take_snapshot(tx)
    await hold_known(tx, Environment, found.environments.keys())
    await hold_known(tx, DeployRecipe, found.recipes.keys())
    return found
