"""Products, versions, environments and events as the Versioner contract shows them."""

from deltaci.store.tables import Environment, Product, TrackedEvent, Version
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.tracking_views import EnvironmentView, EventView, ProductView, VersionView

ORDER = {kind: index for index, kind in enumerate(EnvironmentType)}


def promotion_order(row: Environment) -> tuple[int, str]:
    """Return what environments are sorted by: their type, the first that versions reach first."""
    return ORDER[row.type], row.id


def product_view(row: Product) -> ProductView:
    """Show a product."""
    return ProductView(
        id=row.uid,
        name=row.id,
        description=row.description,
        is_service=row.is_service,
        extra_metadata=row.extra_metadata,
        created_at=row.created_at,
    )


def version_view(row: Version, product: Product) -> VersionView:
    """Show a version."""
    return VersionView(
        id=row.id,
        product_id=product.uid,
        product_name=row.product,
        version=row.version,
        scm_sha=row.scm_sha,
        created_at=row.created_at,
    )


def environment_view(row: Environment) -> EnvironmentView:
    """Show an environment."""
    return EnvironmentView(
        id=row.uid,
        name=row.id,
        display_name=row.display_name,
        type=row.type,
        lifecycle_state=row.lifecycle_state,
        description=row.description,
        metadata=row.extra_metadata,
        created_at=row.created_at,
    )


def event_view(row: TrackedEvent) -> EventView:
    """Show an event."""
    return EventView(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        product_name=row.product,
        version=row.version,
        environment_name=row.environment,
        status=row.status,
        outcome=row.outcome,
        payload=row.payload,
        caller=row.caller,
        received_at=row.received_at,
    )
