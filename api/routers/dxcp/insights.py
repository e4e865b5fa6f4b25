"""How deployments went lately."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.answers import Storable
from api.routers.dxcp.access import CanAsk
from api.routers.dxcp.answers import refusals
from api.state import TheCore
from deltaci.deployments.insights import DAYS_DEFAULT, DAYS_MAX, failure_insights
from deltaci.wire.deployment_views import Insights

router = APIRouter(prefix="/v1/insights", tags=["deployments"])

Days = Annotated[int, Query(alias="windowDays", ge=1, le=DAYS_MAX, description="Days back.")]
GroupId = Annotated[str, Query(alias="groupId", max_length=100), Storable]
Service = Annotated[str, Query(max_length=255), Storable]


@router.get("/failures", responses=refusals())
async def failures(
    core: TheCore,
    _caller: CanAsk,
    days: Days = DAYS_DEFAULT,
    group_id: GroupId = "",
    service: Service = "",
) -> Insights:
    """Count deployments, rollbacks, and what failures were about."""
    return await failure_insights(core, days, group_id, service)
