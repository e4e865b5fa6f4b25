"""List the versions of a product in the order of their numbers."""

from deltaci.builds.semver import rank
from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store.registry import find_service, versions_of
from deltaci.store.tables import Registration
from deltaci.wire.builds import VersionList, VersionView

VERSIONS_MAX = 1000
"""Of a product with more, the ones registered last are listed."""
SOURCE = "registry"


async def list_versions(core: Core, service: str) -> VersionList:
    """Read a service's versions, the highest first. Raises NotFoundError."""
    async with core.database.read() as tx:
        if await find_service(tx, service) is None:
            raise NotFoundError(f"no service {service!r}")
        rows = await versions_of(tx, service, VERSIONS_MAX)
    ordered = sorted(rows, key=lambda row: rank(row.version), reverse=True)
    return VersionList(
        service=service,
        source=SOURCE,
        versions=[_view(row) for row in ordered],
        refreshedAt=core.clock(),
    )


def _view(row: Registration) -> VersionView:
    """Nothing is listed but what is registered: what merely lies in a bucket is no version."""
    return VersionView(
        version=row.version,
        artifactRef=row.artifact_ref,
        sizeBytes=row.size_bytes,
        lastModified=row.registered_at,
        registered=True,
    )
