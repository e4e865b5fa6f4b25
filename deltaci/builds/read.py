"""Read registered builds."""

from deltaci.builds.provenance import provenance_of
from deltaci.builds.view import shows_links, view_of
from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import registry as store
from deltaci.store.database import Transaction
from deltaci.store.tables import Registration
from deltaci.wire.builds import BuildPage, BuildView
from deltaci.wire.provenance import ProvenanceView


async def find_build(core: Core, service: str, version: str) -> BuildView:
    """Read what makes a version deployable. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.find_registration(tx, service, version)
        return await _shown(tx, row, f"{service}/{version} is not registered")


async def read_build(core: Core, build_id: str) -> BuildView:
    """Read one by its id. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.get_registration(tx, build_id)
        return await _shown(tx, row, f"no build {build_id!r}")


async def read_provenance(core: Core, build_id: str) -> ProvenanceView:
    """Read what is known of how a build was made. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.get_registration(tx, build_id)
    if row is None:
        raise NotFoundError(f"no build {build_id!r}")
    return provenance_of(row)


async def list_builds(
    core: Core, wanted: store.BuildFilter, *, limit: int, cursor: str
) -> BuildPage:
    """Read one page, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_registrations(tx, wanted, limit=limit, cursor=cursor)
        links = await shows_links(tx)
    return BuildPage(builds=[view_of(row, with_links=links) for row in rows], next_cursor=following)


async def _shown(tx: Transaction, row: Registration | None, missing: str) -> BuildView:
    if row is None:
        raise NotFoundError(missing)
    return view_of(row, with_links=await shows_links(tx))
