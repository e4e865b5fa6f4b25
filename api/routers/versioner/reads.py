"""What was reported, page by page: products, versions, environments, builds, deployments."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanLook
from api.routers.versioner.answers import refusals
from api.state import TheCore
from deltaci.errors import InvalidRequestError
from deltaci.states import (
    BUILD_WORDS,
    DEPLOYMENT_WORDS,
    STATUS_OF,
    TrackingStatus,
    UnknownStateError,
    parse_status,
)
from deltaci.store.tracking_reads import TrackingFilter
from deltaci.tracking import read
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

router = APIRouter(tags=["event tracking"])

Exactly = Annotated[str, Query(max_length=255, description="Only this name."), Storable]
Spelled = Annotated[str, Query(max_length=50, description="Only this status, or an alias of it.")]
Id = Annotated[str, Path(max_length=64), Storable]


@router.get("/products/", responses=refusals())
async def list_products(
    core: TheCore,
    _caller: CanLook,
    name: Exactly = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> ProductPage:
    """List products, newest first."""
    return await read.list_products(core, name, limit=limit, cursor=cursor)


@router.get("/products/{product_id}", responses=refusals(404))
async def read_product(core: TheCore, _caller: CanLook, product_id: Id) -> ProductView:
    """Read a product."""
    return await read.read_product(core, product_id)


@router.get("/versions/", responses=refusals())
async def list_versions(
    core: TheCore,
    _caller: CanLook,
    product: Exactly = "",
    version: Exactly = "",
    scm_sha: Annotated[str, Query(max_length=40, description="Or its beginning."), Storable] = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> VersionPage:
    """List versions, newest first."""
    wanted = TrackingFilter(product=product, version=version, scm_sha=scm_sha)
    return await read.list_versions(core, wanted, limit=limit, cursor=cursor)


@router.get("/versions/{version_id}", responses=refusals(404))
async def read_version(core: TheCore, _caller: CanLook, version_id: Id) -> VersionView:
    """Read a version."""
    return await read.read_version(core, version_id)


@router.get("/environments/", responses=refusals())
async def list_environments(
    core: TheCore,
    _caller: CanLook,
    kind: Annotated[EnvironmentType | None, Query(alias="type")] = None,
) -> EnvironmentPage:
    """List all environments in the order of promotions."""
    return await read.list_environments(core, kind)


@router.get("/environments/{environment_id}", responses=refusals(404))
async def read_environment(core: TheCore, _caller: CanLook, environment_id: Id) -> EnvironmentView:
    """Read an environment."""
    return await read.read_environment(core, environment_id)


@router.get("/builds/", responses=refusals())
async def list_builds(
    core: TheCore,
    _caller: CanLook,
    product: Exactly = "",
    version: Exactly = "",
    version_id: Exactly = "",
    scm_sha: Annotated[str, Query(max_length=40), Storable] = "",
    status: Spelled = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> BuildRecords:
    """List builds, newest first."""
    wanted = TrackingFilter(
        product=product,
        version=version,
        version_id=version_id,
        scm_sha=scm_sha,
        status=_status(BUILD_WORDS, status),
    )
    return await read.list_builds(core, wanted, limit=limit, cursor=cursor)


@router.get("/builds/{build_id}", responses=refusals(404))
async def read_build(core: TheCore, _caller: CanLook, build_id: Id) -> BuildRecord:
    """Read a build."""
    return await read.read_build(core, build_id)


@router.get("/deployments/", responses=refusals())
async def list_deployments(
    core: TheCore,
    _caller: CanLook,
    product: Exactly = "",
    version: Exactly = "",
    version_id: Exactly = "",
    environment: Exactly = "",
    status: Spelled = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> DeploymentRecords:
    """List deployments, newest first: those that tools reported, and our own."""
    told = _status(DEPLOYMENT_WORDS, status)
    wanted = TrackingFilter(
        product=product,
        version=version,
        version_id=version_id,
        environment=environment,
        states=[state for state, each in STATUS_OF.items() if each is told],
    )
    return await read.list_deployments(core, wanted, limit=limit, cursor=cursor)


@router.get("/deployments/{deployment_id}", responses=refusals(404))
async def read_deployment(core: TheCore, _caller: CanLook, deployment_id: Id) -> DeploymentRecord:
    """Read a deployment."""
    return await read.read_deployment(core, deployment_id)


@router.get("/events/", responses=refusals())
async def list_events(
    core: TheCore,
    _caller: CanLook,
    kind: Annotated[str, Query(pattern="^(build|deployment)?$")] = "",
    product: Exactly = "",
    version: Exactly = "",
    environment: Exactly = "",
    outcome: Annotated[str, Query(max_length=20), Storable] = "",
    subject_id: Exactly = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> EventPage:
    """List every event as it was received, newest first; refused ones are among them."""
    wanted = TrackingFilter(
        kind=kind,
        product=product,
        version=version,
        environment=environment,
        outcome=outcome,
        subject_id=subject_id,
    )
    return await read.list_events(core, wanted, limit=limit, cursor=cursor)


def _status(words: Mapping[str, TrackingStatus], text: str) -> TrackingStatus | None:
    try:
        return parse_status(words, text) if text else None
    except UnknownStateError as error:
        raise InvalidRequestError(str(error), loc=["query", "status"]) from error
