"""The catalog as one document."""

from fastapi import APIRouter

from api.routers.dxcp.access import CanConfigure, CanInspect, author
from api.routers.dxcp.answers import refusals
from api.routers.dxcp.named_faults import naming_faults
from api.state import TheCore
from deltaci.catalog.document.apply import apply_catalog, compare_catalog
from deltaci.catalog.document.export import export_catalog
from deltaci.wire.catalog_document import CatalogDifference, CatalogDocument, CatalogView

router = APIRouter(prefix="/v1/catalog", tags=["catalog"], route_class=naming_faults())


@router.get("", responses=refusals())
async def export(core: TheCore, _caller: CanInspect) -> CatalogView:
    """Read everything but secrets; applying the answer changes nothing."""
    return await export_catalog(core)


@router.put("", responses=refusals(409, 413))
async def apply(core: TheCore, caller: CanConfigure, request: CatalogDocument) -> CatalogDifference:
    """Make what the document names as it says, all or nothing; what it leaves out stays."""
    return await apply_catalog(core, author(caller), request)


@router.post("/compare", responses=refusals(409, 413))
async def compare(
    core: TheCore, _caller: CanInspect, request: CatalogDocument
) -> CatalogDifference:
    """Say what applying the document would change; nothing is written."""
    return await compare_catalog(core, request)
