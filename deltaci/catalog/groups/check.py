"""What is wrong with a delivery group, given what the catalog knows: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import (
    InvalidEnvironmentsError,
    RecipeUnknownError,
    ServiceAssignedError,
    ServiceUnknownError,
)
from deltaci.catalog.faults import Fault


@dataclass(frozen=True, slots=True)
class Known:
    """What a group may name: services and the group of each, environments, recipes."""

    services: frozenset[str]
    environments: frozenset[str]
    recipes: frozenset[str]
    assigned: Mapping[str, str]


def faults_of(group_id: str, values: Values, known: Known) -> Iterator[Fault]:
    """Name what a group names and nobody knows, and services that are another group's."""
    for place, service in enumerate(values["services"]):
        path = f"services.{place}"
        if service not in known.services:
            yield Fault(ServiceUnknownError, path, "there is no such service", {"service": service})
        elif known.assigned.get(service, group_id) != group_id:
            other = known.assigned[service]
            yield Fault(
                ServiceAssignedError,
                path,
                f"it belongs to the delivery group {other}",
                {"service": service, "delivery_group_id": other},
            )
    for place, environment in enumerate(values["allowed_environments"] or ()):
        if environment not in known.environments:
            path = f"allowed_environments.{place}"
            yield Fault(InvalidEnvironmentsError, path, "there is no such environment")
    for place, recipe in enumerate(values["allowed_recipes"]):
        if recipe not in known.recipes:
            yield Fault(RecipeUnknownError, f"allowed_recipes.{place}", "there is no such recipe")
