"""Write the whole catalog as a document that can be applied."""

from deltaci.catalog.document.snapshot import take_snapshot
from deltaci.core import Core
from deltaci.wire.catalog_document import CatalogView


async def export_catalog(core: Core) -> CatalogView:
    """Read everything but secrets."""
    async with core.database.read() as tx:
        return CatalogView.model_validate((await take_snapshot(tx)).document())
