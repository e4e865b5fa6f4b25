"""What can be said of a route, and how it is told."""

from deltaci.catalog.changes import Values
from deltaci.catalog.environments.values import contract_type
from deltaci.catalog.record import Subject
from deltaci.store.tables import Environment, Route
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.groups import RouteView


def values_of(row: Route) -> Values:
    """Return what somebody has said of a route."""
    return {"recipe_id": row.recipe_id}


def view_of(service: str, environment: Environment, route: Route | None) -> RouteView:
    """Show an environment with a service's route to it."""
    return RouteView(
        service_id=service,
        environment_id=environment.id,
        display_name=environment.display_name,
        type=contract_type(environment.type),
        lifecycle_state=environment.lifecycle_state,
        is_enabled=environment.lifecycle_state is LifecycleState.ACTIVE,
        recipe_id=route.recipe_id if route else None,
        revision=route.revision if route else None,
    )


def subject_of(service: str, environment: str) -> Subject:
    """Name a route in audit events."""
    return Subject("route", f"{service}/{environment}", service=service, environment=environment)
