"""What was built and deployed, over HTTP (the Versioner contract's reads)."""

import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, cast

from deltaci.client.transport import Request, Transport


class Tracking:
    """Reads; the answers are `deltaci.wire.tracking_views` and `tracked_records`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def matrix(
        self, products: Sequence[str], environments: Sequence[str], *, limit: int, cursor: str
    ) -> dict[str, Any]:
        """One page of products with their versions in each environment."""
        named = [("product", name) for name in products]
        named += [("environment", name) for name in environments]
        paging = [("limit", str(limit)), *([("cursor", cursor)] if cursor else [])]
        path = f"/matrix/?{urllib.parse.urlencode([*named, *paging])}"
        return cast("dict[str, Any]", self._transport.fetch(Request("GET", path)))

    def deployments(self, query: Mapping[str, object]) -> dict[str, Any]:
        """One page of deployments, newest first."""
        request = Request("GET", "/deployments/", query=query)
        return cast("dict[str, Any]", self._transport.fetch(request))

    def dora(self, query: Mapping[str, object]) -> dict[str, Any]:
        """The four keys of DORA."""
        return cast("dict[str, Any]", self._transport.fetch(Request("GET", "/dora/", query=query)))
