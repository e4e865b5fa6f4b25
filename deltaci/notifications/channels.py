"""Channels: where notifications go."""

from typing import Any

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, NotFoundError
from deltaci.ids import new_uid
from deltaci.notifications.config import read_config, sealable, shown
from deltaci.store import audit
from deltaci.store import notification_channels as store
from deltaci.store.database import Transaction
from deltaci.store.tables import NotificationChannel
from deltaci.wire.notifications import (
    ChangeChannel,
    ChannelPage,
    ChannelType,
    ChannelView,
    CreateChannel,
)

CHANNELS_MAX = 500
NAME_TAKEN = "a channel of this name exists"


async def add_channel(core: Core, actor: str, request: CreateChannel) -> ChannelView:
    """Add a channel. Raises InvalidRequestError, and InvalidStateError when its name is taken."""
    config = read_config(core.settings.notifications, request.channel_type, request.config)
    channel_id = new_uid()
    async with core.database.write() as tx:
        now = core.clock()
        if await store.count_channels(tx) >= CHANNELS_MAX:
            raise InvalidStateError(f"there are {CHANNELS_MAX} channels already")
        added = await store.add_channel(
            tx,
            id=channel_id,
            name=request.name,
            channel_type=request.channel_type,
            sealed_config=core.seal.close(sealable(config)),
            shown_config=shown(config),
            enabled=request.enabled,
            created_by=actor,
            created_at=now,
            updated_at=now,
            deleted_at=None,
        )
        if not added:
            raise InvalidStateError(NAME_TAKEN)
        _audit(tx, core, actor, channel_id, change="added", channel_type=request.channel_type)
        return _view(await require_channel(tx, channel_id))


async def change_channel(
    core: Core, actor: str, channel_id: str, request: ChangeChannel
) -> ChannelView:
    """Change what the request names. Raises as add_channel does, and NotFoundError."""
    async with core.database.write() as tx:
        channel = await require_channel(tx, channel_id)
        columns = _changes(core, channel, request)
        if not columns:
            raise InvalidRequestError("name what to change: name, config or enabled")
        if "name" in columns:
            other = await store.channel_named(tx, columns["name"])
            if other is not None and other.id != channel_id:
                raise InvalidStateError(NAME_TAKEN)
        await store.change_channel(tx, channel_id, updated_at=core.clock(), **columns)
        changed = sorted(columns.keys() - {"shown_config"})
        _audit(tx, core, actor, channel_id, change="changed", changed=changed)
        await tx.refresh(channel)
        return _view(channel)


async def delete_channel(core: Core, actor: str, channel_id: str) -> None:
    """Delete a channel with what it hears of; its history stays. Raises NotFoundError."""
    async with core.database.write() as tx:
        channel = await require_channel(tx, channel_id)
        await store.delete_channel(tx, channel, core.clock())
        _audit(tx, core, actor, channel_id, change="deleted")


async def read_channel(core: Core, channel_id: str) -> ChannelView:
    """Read a channel. Raises NotFoundError."""
    async with core.database.read() as tx:
        return _view(await require_channel(tx, channel_id))


async def list_channels(core: Core, *, limit: int, cursor: str) -> ChannelPage:
    """List channels by name."""
    async with core.database.read() as tx:
        rows, next_cursor = await store.list_channels(tx, limit=limit, cursor=cursor)
    return ChannelPage(channels=[_view(row) for row in rows], next_cursor=next_cursor)


async def require_channel(tx: Transaction, channel_id: str) -> NotificationChannel:
    """Return a channel. Raises NotFoundError."""
    channel = await store.find_channel(tx, channel_id)
    if channel is None:
        raise NotFoundError("no such channel")
    return channel


def _changes(core: Core, channel: NotificationChannel, request: ChangeChannel) -> dict[str, Any]:
    columns: dict[str, Any] = request.model_dump(include={"name", "enabled"}, exclude_none=True)
    if request.config is not None:
        settings = core.settings.notifications
        config = read_config(settings, ChannelType(channel.channel_type), request.config)
        columns["sealed_config"] = core.seal.close(sealable(config))
        columns["shown_config"] = shown(config)
    return columns


def _audit(tx: Transaction, core: Core, actor: str, channel_id: str, **details: Any) -> None:
    audit.record(
        tx,
        actor=actor,
        action=audit.Action.NOTIFICATION_CHANNEL_CHANGED,
        subject_kind="channel",
        subject_id=channel_id,
        at=core.clock(),
        **details,
    )


def _view(row: NotificationChannel) -> ChannelView:
    return ChannelView(
        id=row.id,
        name=row.name,
        channel_type=ChannelType(row.channel_type),
        config=row.shown_config,
        enabled=row.enabled,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
