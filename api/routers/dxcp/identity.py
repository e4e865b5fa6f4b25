"""Who the caller is, and what everybody with a role may know of the settings."""

from fastapi import APIRouter

from api.routers.dxcp.access import CanAsk
from api.routers.dxcp.answers import refusals
from api.state import TheCore
from deltaci.governance.exposure import exposure
from deltaci.governance.overview import public_settings
from deltaci.governance.who_am_i import who_am_i
from deltaci.wire.governance import ExposureView, PublicSettings, WhoAmI

router = APIRouter(prefix="/v1", tags=["governance"])


@router.get("/whoami", responses=refusals())
async def whoami(core: TheCore, caller: CanAsk) -> WhoAmI:
    """Show the caller's identity, and the publisher under which it could register builds."""
    return await who_am_i(core, caller)


@router.get("/settings/public", responses=refusals())
async def public(core: TheCore, _caller: CanAsk) -> PublicSettings:
    """Read what user interfaces need to know."""
    return await public_settings(core)


@router.get("/ui/policy/ui-exposure", responses=refusals())
async def shown(core: TheCore, _caller: CanAsk) -> ExposureView:
    """Read what is shown of builds beside what they are."""
    return ExposureView(policy=await exposure(core))
