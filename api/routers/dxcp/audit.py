"""Who did what, or was denied it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers import Cursor, Storable
from api.routers.dxcp.access import CanInspect
from api.routers.dxcp.answers import refusals, with_header
from api.state import TheCore
from deltaci.governance.audit_events import EVENT_TYPES, list_audit_events
from deltaci.store.audit import AuditFilter
from deltaci.wire.governance import AUDIT_PAGE_DEFAULT, AUDIT_PAGE_MAX, AuditEventView
from deltaci.wire.values import Timestamp

router = APIRouter(prefix="/v1/audit", tags=["governance"])

NEXT_CURSOR = "X-Next-Cursor"
EventType = Annotated[str, Query(max_length=100, description="Only events of this type."), Storable]
Limit = Annotated[int, Query(ge=1, le=AUDIT_PAGE_MAX, description="Most events of a page.")]
Moment = Annotated[
    Timestamp | None, Query(description="ISO 8601; from `start_time` up to `end_time`.")
]


@router.get("/events", responses={**refusals(), 200: with_header(NEXT_CURSOR)})
async def events(
    core: TheCore,
    _caller: CanInspect,
    response: Response,
    event_type: EventType = "",
    start_time: Moment = None,
    end_time: Moment = None,
    limit: Limit = AUDIT_PAGE_DEFAULT,
    cursor: Cursor = "",
) -> list[AuditEventView]:
    """List events, newest first. `X-Next-Cursor` names the next page, if there is one."""
    if event_type and event_type not in EVENT_TYPES:
        return []
    wanted = AuditFilter(EVENT_TYPES.get(event_type), start_time, end_time)
    found, next_cursor = await list_audit_events(core, wanted, limit=limit, cursor=cursor)
    if next_cursor:
        response.headers[NEXT_CURSOR] = next_cursor
    return found
