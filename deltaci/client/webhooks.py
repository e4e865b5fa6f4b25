"""Webhooks over HTTP: what forges delivered, and the secrets that sign it."""

from collections.abc import Mapping
from typing import cast

from deltaci.client.shapes import DeliveryPage, WebhookAccepted, WebhookSecret, WebhookSecretList
from deltaci.client.signing import SignedCall
from deltaci.client.transport import Request, Transport, segment

WEBHOOKS = "/api/v1/webhooks"
DELIVERIES = f"{WEBHOOKS}/deliveries"
SECRETS = f"{WEBHOOKS}/secrets"


class Webhooks:
    """Read and repeat deliveries (role `admin`), rotate secrets, and try a webhook out."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def deliveries(
        self, filters: Mapping[str, str], *, limit: int = 20, cursor: str = ""
    ) -> DeliveryPage:
        """One page, newest first. Filters: `repo` and `outcome`; empty ones match all."""
        query = {**filters, "limit": limit, "cursor": cursor}
        return cast("DeliveryPage", self._transport.fetch(Request("GET", DELIVERIES, query)))

    def redeliver(self, delivery_id: str) -> WebhookAccepted:
        """Have a kept delivery looked at again, as if it came today."""
        request = Request("POST", f"{DELIVERIES}/{segment(delivery_id)}/redeliver")
        return cast("WebhookAccepted", self._transport.fetch(request))

    def send(self, provider: str, call: SignedCall) -> WebhookAccepted:
        """Deliver as the forge would."""
        path = f"{WEBHOOKS}/{segment(provider)}"
        request = Request("POST", path, body=call.body, headers=call.headers)
        return cast("WebhookAccepted", self._transport.fetch(request))

    def secrets(self, repo_id: str) -> WebhookSecretList:
        """The active secrets of a repository's webhook, without what they are."""
        request = Request("GET", SECRETS, {"repo_id": repo_id})
        return cast("WebhookSecretList", self._transport.fetch(request))

    def add_secret(self, repo_id: str, secret: str) -> WebhookSecret:
        """Make another secret count, beside the others."""
        request = Request("POST", SECRETS, body={"repo_id": repo_id, "secret": secret})
        return cast("WebhookSecret", self._transport.fetch(request))

    def remove_secret(self, repo_id: str, secret_id: int) -> None:
        """Take a secret away."""
        path = f"{SECRETS}/{secret_id}"
        self._transport.download(Request("DELETE", path, {"repo_id": repo_id}))
