"""What deployments need from outside beside engines; `deltaci.engines` provides it."""

from collections.abc import Mapping
from typing import Any, Protocol

from deltaci.wire.deployment_orders import ProbeOutcome


class Prober(Protocol):
    """Looks once at what was deployed."""

    async def __call__(self, probe: Mapping[str, Any]) -> ProbeOutcome:
        """Ask the probe's address, within bounds; whatever goes wrong is an answer."""
        ...
