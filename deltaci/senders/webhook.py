"""Webhooks: JSON, signed as Standard Webhooks has it and as the Versioner contract has it."""

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from datetime import UTC

from standardwebhooks import Webhook

from deltaci.senders.guard import guarded_client
from deltaci.senders.port import Config, Message
from deltaci.senders.post import post

WHSEC = "whsec_"


class WebhookSender:
    """Sends the payload to the channel's `url`."""

    def __init__(self, timeout_seconds: float, private_hosts: Collection[str]) -> None:
        self._seconds = timeout_seconds
        self._client = guarded_client(timeout_seconds, private_hosts)

    async def send(self, config: Config, message: Message) -> int:
        """See Sender."""
        body = compact(message.payload)
        headers = headers_of(message, body, config.get("secret", ""))
        return await post(
            self._client, config["url"], body, headers, seconds=self._seconds, now=message.now
        )

    async def close(self) -> None:
        """See Sender."""
        await self._client.aclose()


def compact(payload: Mapping[str, object]) -> bytes:
    """Write JSON without any space between its parts: these bytes are what is signed."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def headers_of(message: Message, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers; with a secret both signatures are among them.

    Standard Webhooks sign with the bytes that `whsec_…` stands for, or else with the secret's own;
    the Versioner contract signs with the secret as it is written.
    """
    now = message.now.astimezone(UTC)  # the library overwrites any other zone
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "X-Versioner-Event": message.event_type,
    }
    if secret:
        key = secret if secret.startswith(WHSEC) else secret.encode()
        headers["webhook-signature"] = Webhook(key).sign(message.id, now, body.decode())
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Versioner-Signature"] = f"sha256={digest}"
    return headers
