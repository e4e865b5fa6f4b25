"""What runs where, and how delivery goes: the matrix and the four keys of DORA."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanLook
from api.routers.versioner.answers import refusals
from api.state import TheCore
from deltaci.tracking.delivery_metrics import read_dora
from deltaci.tracking.matrix import read_matrix
from deltaci.wire.tracking_views import DoraMetrics, Matrix

router = APIRouter(tags=["event tracking"])

NAMES_MAX = 100
DAYS_DEFAULT, DAYS_MAX = 30, 366
EachName = Annotated[str, StringConstraints(max_length=255), Storable]
Names = Annotated[list[EachName], Query(max_length=NAMES_MAX, description="Repeat for several.")]
Name = Annotated[str, Query(max_length=255), Storable]


@router.get("/matrix/", responses=refusals())
async def matrix(
    core: TheCore,
    _caller: CanLook,
    product: Names = [],  # noqa: B006 - the framework copies it
    environment: Names = [],  # noqa: B006 - the framework copies it
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> Matrix:
    """Show which version of each product is in which environment, products by name."""
    return await read_matrix(core, product, environment, limit=limit, cursor=cursor)


@router.get("/dora/", responses=refusals())
async def dora(
    core: TheCore,
    _caller: CanLook,
    product: Name = "",
    environment: Annotated[
        str, Query(max_length=255, description="Without it, all of production."), Storable
    ] = "",
    days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = DAYS_DEFAULT,
) -> DoraMetrics:
    """Compute the four keys of DORA of the last days."""
    return await read_dora(core, product, environment, days)
