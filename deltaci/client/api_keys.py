"""API keys over HTTP (the Versioner contract's `/api-keys/`). Admins only."""

from collections.abc import Sequence
from typing import Any, cast

from deltaci.client.transport import Request, Transport, segment

API_KEYS = "/api-keys/"


class ApiKeys:
    """Create, list and revoke keys; the answers are `deltaci.wire.api_keys`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, name: str, scopes: Sequence[str] = ()) -> dict[str, Any]:
        """Make a key; the answer is the only one that shows it."""
        body: dict[str, Any] = {"name": name}
        if scopes:
            body["scopes"] = list(scopes)
        created = self._transport.fetch(Request("POST", API_KEYS, body=body))
        return cast("dict[str, Any]", created)

    def page(self, *, limit: int, cursor: str = "") -> dict[str, Any]:
        """One page of keys, newest first."""
        query = {"limit": limit, "cursor": cursor}
        return cast("dict[str, Any]", self._transport.fetch(Request("GET", API_KEYS, query=query)))

    def revoke(self, key_id: str) -> None:
        """Take a key away."""
        self._transport.download(Request("DELETE", API_KEYS + segment(key_id)))
