"""Preferences: which events a channel hears of."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, status

from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable
from api.routers.versioner.access import CanGovern, CanLook, reads
from api.routers.versioner.answers import body_of, refusals
from api.state import TheCore
from deltaci.notifications import preferences
from deltaci.wire.notifications import (
    ChangePreference,
    CreatePreference,
    PreferencePage,
    PreferenceView,
)

router = APIRouter(prefix="/notification-preferences", tags=["notifications"])

EXAMPLE = {
    "channel_id": "0193f2a4-7d5e-7c3a-9f6b-2b1d5c0e8a11",
    "event_type": "deployment.failed",
    "filters": {"environments": ["production"], "products": [], "statuses": []},
    "template": "{product} {version} failed in {environment}: {error}",
}
PreferenceId = Annotated[str, Path(max_length=36), Storable]


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(404, 409, 413),
    openapi_extra=body_of(CreatePreference, EXAMPLE),
)
async def create(
    core: TheCore,
    caller: CanGovern,
    request: Annotated[CreatePreference, Depends(reads(CreatePreference))],
) -> PreferenceView:
    """Let a channel hear of events, from now on."""
    return await preferences.add_preference(core, caller.id, request)


@router.get("/", responses=refusals())
async def list_(
    core: TheCore,
    _caller: CanLook,
    channel_id: Annotated[str, Query(max_length=36), Storable] = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> PreferencePage:
    """List preferences, oldest first."""
    return await preferences.list_preferences(
        core, channel_id=channel_id, limit=limit, cursor=cursor
    )


@router.get("/{preference_id}", responses=refusals(404))
async def read(core: TheCore, _caller: CanLook, preference_id: PreferenceId) -> PreferenceView:
    """Read a preference."""
    return await preferences.read_preference(core, preference_id)


@router.patch(
    "/{preference_id}",
    responses=refusals(404, 413),
    openapi_extra=body_of(ChangePreference, {"event_type": "deployment.*"}),
)
async def change(
    core: TheCore,
    caller: CanGovern,
    preference_id: PreferenceId,
    request: Annotated[ChangePreference, Depends(reads(ChangePreference))],
) -> PreferenceView:
    """Change a preference; what is left out stays as it is."""
    return await preferences.change_preference(core, caller.id, preference_id, request)


@router.delete("/{preference_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(404))
async def delete(core: TheCore, caller: CanGovern, preference_id: PreferenceId) -> None:
    """Let the channel hear of it no more."""
    await preferences.remove_preference(core, caller.id, preference_id)
