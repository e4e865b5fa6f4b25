"""What can be said of a group in one environment, and how it is told."""

from deltaci.catalog.changes import Values
from deltaci.catalog.groups.values import guardrails_as_stored
from deltaci.catalog.record import Subject
from deltaci.store.tables import GroupEnvironment
from deltaci.wire.groups import BindingView, WriteBinding
from deltaci.wire.guardrails import Guardrails

COLUMNS = ("is_enabled", "order_index", "guardrails")


def values_of(row: GroupEnvironment) -> Values:
    """Return what somebody has said of a group in an environment."""
    return {name: getattr(row, name) for name in COLUMNS}


def requested(request: WriteBinding, current: Values) -> Values:
    """Return the values that a request asks for; what it leaves out is as in `current`."""
    given = {
        "is_enabled": request.is_enabled,
        "order_index": request.order_index,
        "guardrails": guardrails_as_stored(request.guardrails) if request.guardrails else None,
    }
    return current | {name: value for name, value in given.items() if value is not None}


def view_of(row: GroupEnvironment) -> BindingView:
    """Show a binding."""
    return BindingView(
        delivery_group_id=row.group_id,
        environment_id=row.environment,
        is_enabled=row.is_enabled,
        order_index=row.order_index,
        guardrails=Guardrails.model_validate(row.guardrails),
        revision=row.revision,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


def subject_of(group_id: str, environment: str) -> Subject:
    """Name a binding in audit events."""
    return Subject(
        "group_environment",
        f"{group_id}/{environment}",
        delivery_group_id=group_id,
        environment=environment,
    )
