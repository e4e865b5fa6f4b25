"""What forges were told about runs: look, and have it told again."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import examples
from api.answers import LIMIT_DEFAULT, Cursor, Limit, RunId, errors, shown
from api.auth import CanAdminister, CanRead
from api.state import TheCore
from deltaci.reports.read import list_reports, read_report
from deltaci.reports.resend import resend_report
from deltaci.wire.reports import ReportPage, ReportState, ReportView

router = APIRouter(prefix="/api/v1", tags=["reports"])


@router.get("/reports", responses=errors())
async def list_(
    core: TheCore,
    _caller: CanRead,
    state: Annotated[
        ReportState | None, Query(description="Only reports that have come this far.")
    ] = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> ReportPage:
    """List reports, of the newest runs first."""
    return await list_reports(core, state, limit=limit, cursor=cursor)


@router.get("/runs/{run_id}/report", responses={**errors(404), 200: shown(examples.REPORT_RESENT)})
async def read(core: TheCore, _caller: CanRead, run_id: RunId) -> ReportView:
    """Read what the run's forge has heard of it; a run that no forge hears of is NOT_FOUND."""
    return await read_report(core, run_id)


@router.post("/runs/{run_id}/report", responses={**errors(404), 200: shown(examples.REPORT_RESENT)})
async def resend(core: TheCore, caller: CanAdminister, run_id: RunId) -> ReportView:
    """Have the run's forge told everything again, in place of what it shows."""
    return await resend_report(core, caller.id, run_id)
