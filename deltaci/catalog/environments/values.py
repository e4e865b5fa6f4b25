"""What can be said of an environment, and how it is told."""

from deltaci.catalog.changes import Values
from deltaci.catalog.record import Subject
from deltaci.store.tables import Environment
from deltaci.wire.catalog import ContractType, EnvironmentType, EnvironmentView, LifecycleState


def values_of(row: Environment) -> Values:
    """Return what somebody has said of an environment."""
    return {
        "display_name": row.display_name,
        "type": row.type.value,
        "lifecycle_state": row.lifecycle_state.value,
        "description": row.description,
    }


def columns_of(values: Values) -> Values:
    """Return the columns that hold these values."""
    kinds = {
        "type": EnvironmentType(values["type"]),
        "lifecycle_state": LifecycleState(values["lifecycle_state"]),
    }
    return values | kinds


def contract_type(kind: EnvironmentType) -> ContractType:
    """Return what the DXCP contract tells of a type."""
    return ContractType.PROD if kind is EnvironmentType.PRODUCTION else ContractType.NON_PROD


def view_of(row: Environment) -> EnvironmentView:
    """Show an environment."""
    return EnvironmentView(
        id=row.id,
        name=row.id,
        display_name=row.display_name,
        type=contract_type(row.type),
        kind=row.type,
        lifecycle_state=row.lifecycle_state,
        is_enabled=row.lifecycle_state is LifecycleState.ACTIVE,
        description=row.description,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def subject_of(environment: str) -> Subject:
    """Name an environment in audit events."""
    return Subject("environment", environment, environment=environment)
