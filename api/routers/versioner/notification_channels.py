"""Channels: where notifications go."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, status

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanGovern, CanLook, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import Parts, TheCore
from deltaci.notifications import channels
from deltaci.notifications.try_channel import try_channel
from deltaci.wire.notifications import (
    ChangeChannel,
    ChannelPage,
    ChannelView,
    CreateChannel,
    TestResult,
)

router = APIRouter(prefix="/notification-channels", tags=["notifications"])

EXAMPLE = {
    "name": "deployments",
    "channel_type": "slack_webhook",
    "config": {"webhook_url": "https://hooks.example.com/services/T000/B000/secret"},
}
ChannelId = Annotated[str, Path(max_length=36), Storable]


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(409, 413),
    openapi_extra=body_of(CreateChannel, EXAMPLE),
)
async def create(
    core: TheCore,
    caller: CanGovern,
    request: Annotated[CreateChannel, Depends(reads(CreateChannel))],
) -> ChannelView:
    """Add a channel. Its configuration is kept sealed, and shown again only in part."""
    return await channels.add_channel(core, caller.id, request)


@router.get("/", responses=refusals())
async def list_(
    core: TheCore, _caller: CanLook, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = ""
) -> ChannelPage:
    """List channels by name."""
    return await channels.list_channels(core, limit=limit, cursor=cursor)


@router.get("/{channel_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanLook, channel_id: ChannelId) -> ChannelView:
    """Read a channel."""
    return await channels.read_channel(core, channel_id)


@router.patch(
    "/{channel_id}",
    responses=refusals(404, 409, 413),
    openapi_extra=body_of(ChangeChannel, {"enabled": False}),
)
async def change(
    core: TheCore,
    caller: CanGovern,
    channel_id: ChannelId,
    request: Annotated[ChangeChannel, Depends(reads(ChangeChannel))],
) -> ChannelView:
    """Change a channel; what is left out stays as it is."""
    return await channels.change_channel(core, caller.id, channel_id, request)


@router.delete("/{channel_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404))
async def delete(core: TheCore, caller: CanGovern, channel_id: ChannelId) -> None:
    """Delete a channel and its preferences. What waits for it is dropped; its history stays."""
    await channels.delete_channel(core, caller.id, channel_id)


@router.post("/{channel_id}/test", responses=refusals(404, 409))
async def test(parts: Parts, caller: CanGovern, channel_id: ChannelId) -> TestResult:
    """Send a made-up event to the channel now, once, and tell what came of it."""
    return await try_channel(parts.core, parts.senders, caller.id, channel_id)
