"""Read how reports stand."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.store import reports as store
from deltaci.store.tables import RunReport
from deltaci.wire.forges import Provider
from deltaci.wire.reports import ReportPage, ReportState, ReportView


async def read_report(core: Core, run_id: str) -> ReportView:
    """Read what a run's forge has heard. Raises NotFoundError for a run that none hears of."""
    async with core.database.read() as tx:
        report = await store.find_report(tx, run_id)
    if report is None:
        raise NotFoundError(f"no forge hears of run {run_id!r}")
    return view_of(report)


async def list_reports(
    core: Core, state: ReportState | None, *, limit: int, cursor: str
) -> ReportPage:
    """Read one page of reports, of any state or of one, newest runs first."""
    async with core.database.read() as tx:
        rows, following = await store.list_reports(tx, state, limit=limit, cursor=cursor)
    return ReportPage(reports=[view_of(row) for row in rows], next_cursor=following)


def view_of(report: RunReport) -> ReportView:
    """Show a report as the API does."""
    return ReportView(
        run_id=report.run_id,
        provider=Provider(report.provider),
        state=report.state,
        reported_state=report.reported_state or None,
        last_error=report.last_error or None,
        updated_at=report.updated_at,
        reported_at=report.reported_at,
    )
