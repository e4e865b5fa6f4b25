"""Preferences: which events a channel hears of."""

from typing import Any

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, NotFoundError
from deltaci.ids import new_uid
from deltaci.notifications.channels import require_channel
from deltaci.notifications.text import check_template
from deltaci.store import audit
from deltaci.store import notification_channels as store
from deltaci.store.database import Transaction
from deltaci.store.tables import NotificationPreference
from deltaci.wire.notifications import (
    ChangePreference,
    CreatePreference,
    Filters,
    PreferencePage,
    PreferenceView,
)

PREFERENCES_MAX = 2_000


async def add_preference(core: Core, actor: str, request: CreatePreference) -> PreferenceView:
    """Let a channel hear of events. Raises NotFoundError, and InvalidRequestError for templates."""
    check_template(request.template)
    preference_id = new_uid()
    async with core.database.write() as tx:
        await require_channel(tx, request.channel_id)
        if await store.count_preferences(tx) >= PREFERENCES_MAX:
            raise InvalidStateError(f"there are {PREFERENCES_MAX} preferences already")
        await store.add_preference(
            tx,
            id=preference_id,
            channel_id=request.channel_id,
            event_type=request.event_type,
            template=request.template,
            created_by=actor,
            created_at=core.clock(),
            **_lists(request.filters),
        )
        _audit(tx, core, actor, preference_id, change="added", event_type=request.event_type)
        return _view(await _require(tx, preference_id))


async def change_preference(
    core: Core, actor: str, preference_id: str, request: ChangePreference
) -> PreferenceView:
    """Change what the request names. Raises as add_preference does."""
    columns: dict[str, Any] = request.model_dump(
        include={"event_type", "template"}, exclude_none=True
    )
    check_template(columns.get("template", ""))
    if request.filters is not None:
        columns |= _lists(request.filters)
    if not columns:
        raise InvalidRequestError("name what to change: event_type, filters or template")
    async with core.database.write() as tx:
        row = await _require(tx, preference_id)
        await store.change_preference(tx, preference_id, **columns)
        _audit(tx, core, actor, preference_id, change="changed", changed=sorted(columns))
        await tx.refresh(row)
        return _view(row)


async def remove_preference(core: Core, actor: str, preference_id: str) -> None:
    """Let the channel hear of it no more. Raises NotFoundError."""
    async with core.database.write() as tx:
        if not await store.remove_preference(tx, preference_id):
            raise NotFoundError("no such preference")
        _audit(tx, core, actor, preference_id, change="removed")


async def read_preference(core: Core, preference_id: str) -> PreferenceView:
    """Read a preference. Raises NotFoundError."""
    async with core.database.read() as tx:
        return _view(await _require(tx, preference_id))


async def list_preferences(
    core: Core, *, channel_id: str, limit: int, cursor: str
) -> PreferencePage:
    """List preferences, oldest first; of one channel, or of all."""
    async with core.database.read() as tx:
        rows, next_cursor = await store.list_preferences(
            tx, channel_id=channel_id, limit=limit, cursor=cursor
        )
    return PreferencePage(preferences=[_view(row) for row in rows], next_cursor=next_cursor)


async def _require(tx: Transaction, preference_id: str) -> NotificationPreference:
    row = await store.find_preference(tx, preference_id)
    if row is None:
        raise NotFoundError("no such preference")
    return row


def _lists(filters: Filters) -> dict[str, Any]:
    return filters.model_dump(mode="json")


def _audit(tx: Transaction, core: Core, actor: str, preference_id: str, **details: Any) -> None:
    audit.record(
        tx,
        actor=actor,
        action=audit.Action.NOTIFICATION_PREFERENCE_CHANGED,
        subject_kind="preference",
        subject_id=preference_id,
        at=core.clock(),
        **details,
    )


def _view(row: NotificationPreference) -> PreferenceView:
    return PreferenceView(
        id=row.id,
        channel_id=row.channel_id,
        event_type=row.event_type,
        filters=Filters(
            environments=row.environments, products=row.products, statuses=row.statuses
        ),
        template=row.template,
        created_by=row.created_by,
        created_at=row.created_at,
    )
