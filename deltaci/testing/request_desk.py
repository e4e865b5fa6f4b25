"""Deployment requests for one version of one product, with few words."""

from typing import Any

from deltaci.core import Core
from deltaci.rules.requests.create import create_request
from deltaci.rules.requests.move import activate_request
from deltaci.store.tables import Announcement
from deltaci.testing.deployment_records import DeploymentRecords
from deltaci.testing.row_reader import RowReader
from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.requests import CreateRequest, RequestView

WRITER = "dev"
YES, NO = ApprovalVerdict.APPROVED, ApprovalVerdict.REJECTED
QA: list[dict[str, Any]] = [{"approval_type": "qa"}]
PRE = [{"phase": "pre", "title": "back up"}]
POST = [{"phase": "post", "title": "watch"}]


class RequestDesk:
    """Writes and moves requests for one version of one product."""

    def __init__(self, core: Core, rows: RowReader) -> None:
        self.core = core
        self.rows = rows

    async def drafted(self, **more: Any) -> RequestView:
        """Begin a draft."""
        await DeploymentRecords(self.core).version()
        told = {
            "name": "friday",
            "environments": ["production"],
            "items": [{"product_name": "shop", "version": "1.2.3"}],
        }
        request = CreateRequest.model_validate(told | more)
        return await create_request(self.core, WRITER, request)

    async def active(self, **more: Any) -> RequestView:
        """Begin a draft and activate it."""
        return await activate_request(self.core, WRITER, (await self.drafted(**more)).id)

    async def news(self) -> list[str]:
        """Read what was announced so far."""
        rows = await self.rows.all(Announcement)
        return [row.event_type for row in sorted(rows, key=lambda row: row.id)]
