"""What can be said of a delivery group, and how it is told."""

from collections.abc import Sequence

from deltaci.catalog.changes import Values
from deltaci.catalog.record import Subject
from deltaci.store.tables import DeliveryGroup
from deltaci.wire.groups import GroupView, WriteGroup
from deltaci.wire.guardrails import Guardrails, effective

COLUMNS = (
    *("name", "description", "owner"),
    *("allowed_environments", "allowed_recipes", "guardrails"),
)
DEFAULTS: Values = {
    "description": "",
    "owner": "",
    "services": [],
    "allowed_environments": None,
    "allowed_recipes": [],
    "guardrails": {},
}


def values_of(row: DeliveryGroup, services: Sequence[str]) -> Values:
    """Return what somebody has said of a group."""
    return {"services": sorted(services)} | {name: getattr(row, name) for name in COLUMNS}


def columns_of(values: Values) -> Values:
    """Return the columns that hold these values."""
    return {name: values[name] for name in COLUMNS}


def requested(request: WriteGroup, current: Values | None) -> Values:
    """Return the values that a request asks for."""
    values = {
        "name": request.name,
        "description": request.description or "",
        "owner": request.owner or "",
        "services": sorted(request.services),
        "allowed_environments": request.allowed_environments,
        "allowed_recipes": request.allowed_recipes,
        "guardrails": guardrails_as_stored(request.guardrails),
    }
    if current is not None and "allowed_environments" not in request.model_fields_set:
        values["allowed_environments"] = current["allowed_environments"]
    return values


def guardrails_as_stored(guardrails: Guardrails | None) -> Values:
    """Return those guardrails that are set."""
    return guardrails.model_dump(mode="json", exclude_none=True) if guardrails else {}


def view_of(row: DeliveryGroup, services: Sequence[str]) -> GroupView:
    """Show a group."""
    return GroupView(
        id=row.id,
        services=sorted(services),
        guardrails=effective(row.guardrails),
        revision=row.revision,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
        last_change_reason=row.last_change_reason,
        **{name: getattr(row, name) for name in COLUMNS if name != "guardrails"},
    )


def subject_of(group_id: str) -> Subject:
    """Name a group in audit events."""
    return Subject("delivery_group", group_id, delivery_group_id=group_id)
