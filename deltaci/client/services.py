"""Services that builds are registered for, over HTTP (the DXCP contract's `/v1`)."""

from collections.abc import Sequence
from typing import cast

from deltaci.client.dxcp_shapes import Service, ServiceList
from deltaci.client.transport import Request, Transport

SERVICES = "/v1/services"


class Services:
    """Make services known, and list them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self,
        name: str,
        *,
        description: str = "",
        sources: Sequence[str] = (),
        repositories: Sequence[str] = (),
    ) -> Service:
        """Make a service known; doing so again with the same values changes nothing."""
        body = {
            "service_name": name,
            "description": description,
            "allowed_artifact_sources": list(sources),
            "allowed_repositories": list(repositories),
        }
        return cast("Service", self._transport.fetch(Request("POST", SERVICES, body=body)))

    def all(self) -> ServiceList:
        """Every service by name."""
        return cast("ServiceList", self._transport.fetch(Request("GET", SERVICES)))
