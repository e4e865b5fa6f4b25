"""What forges were told about runs, over HTTP."""

from typing import cast

from deltaci.client.shapes import Report, ReportPage
from deltaci.client.transport import Request, Transport, segment


class Reports:
    """Read how far reports have come, and have one sent again (role `admin`)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def page(self, state: str = "", *, limit: int = 20, cursor: str = "") -> ReportPage:
        """One page, newest runs first; of those in a state, such as `FAILED`, or of all."""
        query = {"state": state, "limit": limit, "cursor": cursor}
        return cast("ReportPage", self._transport.fetch(Request("GET", "/api/v1/reports", query)))

    def resend(self, run_id: str) -> Report:
        """Have the run's forge told everything anew."""
        request = Request("POST", f"/api/v1/runs/{segment(run_id)}/report")
        return cast("Report", self._transport.fetch(request))
