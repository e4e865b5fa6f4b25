"""The history of notifications: what was told, to whom, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanGovern, CanLook
from api.routers.versioner.answers import refusals
from api.state import TheCore
from deltaci.notification_states import NotificationState
from deltaci.notifications.history import list_history
from deltaci.notifications.redeliver import redeliver
from deltaci.store.notifications import HistoryFilter
from deltaci.wire.notifications import HistoryPage, NotificationView

router = APIRouter(prefix="/notification-history", tags=["notifications"])

Word = Annotated[str, Query(max_length=255), Storable]


@router.get("/", responses=refusals())
async def list_(
    core: TheCore,
    _caller: CanLook,
    channel_id: Word = "",
    event_type: Word = "",
    state: NotificationState | None = None,
    product: Word = "",
    environment: Word = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> HistoryPage:
    """List notifications, newest first. Those that were given up are `FAILED`."""
    wanted = HistoryFilter(channel_id, event_type, state or "", product, environment)
    return await list_history(core, wanted, limit=limit, cursor=cursor)


@router.post(
    "/{notification_id}/redeliver",
    status_code=status.HTTP_202_ACCEPTED,
    responses=refusals(404, 409),
)
async def again(
    core: TheCore,
    caller: CanGovern,
    notification_id: Annotated[str, Path(max_length=64), Storable],
) -> NotificationView:
    """Tell it again, as a notification of its own under the same message id."""
    return await redeliver(core, caller.id, notification_id)
