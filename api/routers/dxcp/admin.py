"""Limits, the switch that refuses changes, and what is shown of builds."""

from fastapi import APIRouter

from api.routers.dxcp.access import CanConfigure, CanInspect, CanSwitch, author
from api.routers.dxcp.answers import refusals
from api.state import TheCore
from deltaci.governance.exposure import exposure, replace_exposure
from deltaci.governance.limits import read_limits, replace_limits
from deltaci.governance.mutations import read_mutations, switch_mutations
from deltaci.governance.overview import admin_settings
from deltaci.wire.governance import (
    AdminSettings,
    ExposurePolicy,
    ExposureView,
    MutationsView,
    RateLimits,
    RateLimitsView,
    SwitchMutations,
)

router = APIRouter(prefix="/v1", tags=["governance"])

SYSTEM = "/admin/system"
LIMITS, SWITCH, EXPOSURE = (
    f"{SYSTEM}/{name}" for name in ("rate-limits", "mutations-disabled", "ui-exposure-policy")
)


@router.get("/settings/admin", responses=refusals())
async def settings(core: TheCore, _caller: CanInspect) -> AdminSettings:
    """Read all settings of the system that have one value."""
    return await admin_settings(core)


@router.get(LIMITS, responses=refusals())
async def limits(core: TheCore, _caller: CanInspect) -> RateLimitsView:
    """Read how often each caller may ask."""
    return await read_limits(core)


@router.put(LIMITS, responses=refusals(409, 413))
async def set_limits(core: TheCore, caller: CanConfigure, request: RateLimits) -> RateLimitsView:
    """Set how often each caller may ask, from the next request on."""
    return await replace_limits(core, author(caller), request)


@router.get(SWITCH, responses=refusals())
async def switch(core: TheCore, _caller: CanInspect) -> MutationsView:
    """Read whether changes are refused."""
    return await read_mutations(core)


@router.put(SWITCH, responses=refusals(409, 413))
@router.patch(SWITCH, responses=refusals(409, 413))
async def set_switch(core: TheCore, caller: CanSwitch, request: SwitchMutations) -> MutationsView:
    """Refuse every change of `/v1` but this one, or do so no more."""
    return await switch_mutations(core, author(caller, request.reason), request)


@router.get(EXPOSURE, responses=refusals())
async def exposed(core: TheCore, _caller: CanInspect) -> ExposureView:
    """Read what is shown of builds."""
    return ExposureView(policy=await exposure(core))


@router.put(EXPOSURE, responses=refusals(409, 413))
async def set_exposed(core: TheCore, caller: CanConfigure, request: ExposurePolicy) -> ExposureView:
    """Set what is shown of builds; what is left out is not shown."""
    return await replace_exposure(core, author(caller), request)
