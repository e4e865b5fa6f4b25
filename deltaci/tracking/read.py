"""Read what was reported: products, versions, environments, builds, deployments, events."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import tracking_reads as store
from deltaci.store.database import Transaction
from deltaci.store.tables import Build, Deployment, Version
from deltaci.store.tracking_reads import TrackingFilter
from deltaci.tracking import nouns
from deltaci.tracking.surroundings import Subject
from deltaci.tracking.view import build_record, deployment_record
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.tracked_records import (
    BuildRecord,
    BuildRecords,
    DeploymentRecord,
    DeploymentRecords,
)
from deltaci.wire.tracking_views import (
    EnvironmentPage,
    EnvironmentView,
    EventPage,
    ProductPage,
    ProductView,
    VersionPage,
    VersionView,
)


async def list_products(core: Core, name: str, *, limit: int, cursor: str) -> ProductPage:
    """Read one page of products, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_products(tx, name, limit=limit, cursor=cursor)
    return ProductPage(items=[nouns.product_view(row) for row in rows], next_cursor=following)


async def read_product(core: Core, product_id: str) -> ProductView:
    """Read a product. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.find_product(tx, product_id)
    if row is None:
        raise NotFoundError(f"no product {product_id!r}")
    return nouns.product_view(row)


async def list_versions(
    core: Core, wanted: TrackingFilter, *, limit: int, cursor: str
) -> VersionPage:
    """Read one page of versions, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_versions(tx, wanted, limit=limit, cursor=cursor)
        products, _, _ = await store.named_by(tx, rows)
    items = [nouns.version_view(row, products[row.product]) for row in rows]
    return VersionPage(items=items, next_cursor=following)


async def read_version(core: Core, version_id: str) -> VersionView:
    """Read a version. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await tx.get(Version, version_id)
        if row is None:
            raise NotFoundError(f"no version {version_id!r}")
        products, _, _ = await store.named_by(tx, [row])
    return nouns.version_view(row, products[row.product])


async def list_environments(core: Core, kind: EnvironmentType | None) -> EnvironmentPage:
    """Read all environments in the order of promotions, or those of a type."""
    async with core.database.read() as tx:
        rows = await store.all_environments(tx)
    wanted = [row for row in rows if kind is None or row.type is kind]
    ordered = sorted(wanted, key=nouns.promotion_order)
    return EnvironmentPage(items=[nouns.environment_view(row) for row in ordered])


async def read_environment(core: Core, environment_id: str) -> EnvironmentView:
    """Read an environment. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.find_environment(tx, environment_id)
    if row is None:
        raise NotFoundError(f"no environment {environment_id!r}")
    return nouns.environment_view(row)


async def list_builds(
    core: Core, wanted: TrackingFilter, *, limit: int, cursor: str
) -> BuildRecords:
    """Read one page of builds, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_builds(tx, wanted, limit=limit, cursor=cursor)
        items = await _builds(tx, rows)
    return BuildRecords(items=items, next_cursor=following)


async def read_build(core: Core, build_id: str) -> BuildRecord:
    """Read a build. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await tx.get(Build, build_id)
        if row is None:
            raise NotFoundError(f"no build {build_id!r}")
        (found,) = await _builds(tx, [row])
    return found


async def _builds(tx: Transaction, rows: Sequence[Build]) -> list[BuildRecord]:
    products, versions, _ = await store.named_by(tx, rows)
    return [
        BuildRecord.model_validate(
            build_record(row, Subject(products[row.product], versions[row.version_id], None))
        )
        for row in rows
    ]


async def list_deployments(
    core: Core, wanted: TrackingFilter, *, limit: int, cursor: str
) -> DeploymentRecords:
    """Read one page of deployments, newest first, ours and reported ones."""
    async with core.database.read() as tx:
        rows, following = await store.list_deployments(tx, wanted, limit=limit, cursor=cursor)
        items = await _deployments(tx, core, rows)
    return DeploymentRecords(items=items, next_cursor=following)


async def read_deployment(core: Core, deployment_id: str) -> DeploymentRecord:
    """Read a deployment. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await tx.get(Deployment, deployment_id)
        if row is None:
            raise NotFoundError(f"no deployment {deployment_id!r}")
        (found,) = await _deployments(tx, core, [row])
    return found


async def _deployments(
    tx: Transaction, core: Core, rows: Sequence[Deployment]
) -> list[DeploymentRecord]:
    products, versions, places = await store.named_by(tx, rows)
    subjects = [
        Subject(products[row.product], versions[row.version_id], places[row.environment])
        for row in rows
    ]
    now = core.clock()
    return [
        DeploymentRecord.model_validate(deployment_record(row, subject, now))
        for row, subject in zip(rows, subjects, strict=True)
    ]


async def list_events(core: Core, wanted: TrackingFilter, *, limit: int, cursor: str) -> EventPage:
    """Read one page of received events, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_events(tx, wanted, limit=limit, cursor=cursor)
    return EventPage(items=[nouns.event_view(row) for row in rows], next_cursor=following)
