"""Telling of builds and deployments without HTTP: the seed's examples, of one product."""

from typing import Any

from deltaci.core import Core
from deltaci.testing.tracker import BUILD, DEPLOYMENT
from deltaci.tracking.desk import Desk
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent

PRODUCT = {"product_name": "shop"}


class Teller:
    """Tells a desk of builds and deployments, as one tool."""

    def __init__(self, core: Core) -> None:
        self.desk = Desk(core)

    async def build(self, key: str | None = None, **changes: Any) -> dict[str, Any]:
        """Report a build; returns its record."""
        event = BuildEvent.model_validate({**PRODUCT, **BUILD, **changes})
        return (await self.desk.report(event, "tool", key)).record

    async def deployment(self, key: str | None = None, **changes: Any) -> dict[str, Any]:
        """Report a deployment; returns its record."""
        event = DeploymentEvent.model_validate({**PRODUCT, **DEPLOYMENT, **changes})
        return (await self.desk.report(event, "tool", key)).record
