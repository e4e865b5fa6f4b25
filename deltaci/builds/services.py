"""Services that builds can be registered for: the products of the DXCP contract."""

from deltaci.artifact_places import parse_prefix
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError
from deltaci.ids import new_uid
from deltaci.store import audit
from deltaci.store.registry import all_services, claim_service, find_service
from deltaci.store.tables import Product
from deltaci.wire.builds import AddService, ServiceList, ServiceView


async def list_services(core: Core) -> ServiceList:
    """Read all services by name."""
    async with core.database.read() as tx:
        return ServiceList(services=[_view(row) for row in await all_services(tx)])


async def add_service(core: Core, actor: str, request: AddService) -> tuple[ServiceView, bool]:
    """Make a service known; returns it and whether it is new.

    Adding it again unchanged is fine. Anything else under its name is InvalidStateError, and a
    source that names no place is InvalidRequestError.
    """
    _check_sources(request)
    wanted = Product(
        id=request.service_name,
        uid=new_uid(),
        is_service=True,
        description=request.description,
        artifact_sources=list(request.allowed_artifact_sources),
        repositories=list(request.allowed_repositories),
        compatible_recipes=None,
        extra_metadata={},
        created_by=actor,
        created_at=core.clock(),
    )
    async with core.database.write() as tx:
        if await claim_service(tx, wanted):
            audit.record(
                tx,
                actor=actor,
                action=audit.Action.SERVICE_ADDED,
                subject_kind="service",
                subject_id=wanted.id,
                at=wanted.created_at,
            )
            return _view(wanted), True
        row = await find_service(tx, wanted.id)
    if row is None or _told(row) != _told(wanted):
        raise InvalidStateError(f"service {wanted.id!r} exists and is described otherwise")
    return _view(row), False


def _check_sources(request: AddService) -> None:
    for source in request.allowed_artifact_sources:
        try:
            parse_prefix(source)
        except ValueError as error:
            raise InvalidRequestError(
                f"allowed_artifact_sources cannot be read: {error}",
                invalid_fields=["allowed_artifact_sources"],
            ) from error


def _told(row: Product) -> tuple[str, list[str], list[str]]:
    return row.description, row.artifact_sources, row.repositories


def _view(row: Product) -> ServiceView:
    return ServiceView(
        service_name=row.id,
        description=row.description,
        allowed_artifact_sources=row.artifact_sources,
        allowed_repositories=row.repositories,
        created_at=row.created_at,
    )
