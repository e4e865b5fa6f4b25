"""Lists of the catalog: plain arrays, a page of which names the next one in a header."""

from typing import Annotated, Any, TypeVar

from fastapi import Path, Query, Response

from api.answers import Storable
from api.routers.dxcp.answers import with_header
from api.routers.dxcp.audit import NEXT_CURSOR

CATALOG_PAGE_MAX = 500

CatalogLimit = Annotated[int, Query(ge=1, le=CATALOG_PAGE_MAX, description="Most rows of a page.")]
EnvironmentName = Annotated[str, Path(max_length=100), Storable]
GroupName = Annotated[str, Path(max_length=100), Storable]
RecipeName = Annotated[str, Path(max_length=100), Storable]
ServiceName = Annotated[str, Path(max_length=255), Storable]
Row = TypeVar("Row")
PAGED: dict[int | str, dict[str, Any]] = {200: with_header(NEXT_CURSOR)}


def told(response: Response, page: tuple[list[Row], str | None]) -> list[Row]:
    """Answer with a page's rows, and the next page's cursor in a header."""
    rows, following = page
    if following:
        response.headers[NEXT_CURSOR] = following
    return rows
