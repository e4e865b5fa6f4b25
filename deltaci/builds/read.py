"""Read registered builds."""

from deltaci.builds.view import shows_links, view_of
from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import registry as store
from deltaci.store.tables import Registration
from deltaci.wire.builds import BuildPage, BuildView


async def find_build(core: Core, service: str, version: str) -> BuildView:
    """Read what makes a version deployable. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.find_registration(tx, service, version)
    return await _shown(core, row, f"{service}/{version} is not registered")


async def read_build(core: Core, build_id: str) -> BuildView:
    """Read one by its id. Raises NotFoundError."""
    async with core.database.read() as tx:
        row = await store.get_registration(tx, build_id)
    return await _shown(core, row, f"no build {build_id!r}")


async def list_builds(
    core: Core, wanted: store.BuildFilter, *, limit: int, cursor: str
) -> BuildPage:
    """Read one page, newest first."""
    async with core.database.read() as tx:
        rows, following = await store.list_registrations(tx, wanted, limit=limit, cursor=cursor)
    links = await shows_links(core)
    return BuildPage(builds=[view_of(row, with_links=links) for row in rows], next_cursor=following)


async def _shown(core: Core, row: Registration | None, missing: str) -> BuildView:
    if row is None:
        raise NotFoundError(missing)
    return view_of(row, with_links=await shows_links(core))
