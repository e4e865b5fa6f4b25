"""Slack incoming webhooks, and what is compatible with them."""

import json
from collections.abc import Collection
from typing import Any

from deltaci.senders.guard import guarded_client
from deltaci.senders.port import Config, Message
from deltaci.senders.post import post

BLOCK_MAX = 2_900
"""Slack refuses longer texts of one block."""


class SlackSender:
    """Sends the text to the channel's `webhook_url`."""

    def __init__(self, timeout_seconds: float, private_hosts: Collection[str]) -> None:
        self._seconds = timeout_seconds
        self._client = guarded_client(timeout_seconds, private_hosts)

    async def send(self, config: Config, message: Message) -> int:
        """See Sender."""
        body = json.dumps(blocks_of(message)).encode()
        headers = {"Content-Type": "application/json"}
        url = config["webhook_url"]
        return await post(self._client, url, body, headers, seconds=self._seconds, now=message.now)

    async def close(self) -> None:
        """See Sender."""
        await self._client.aclose()


def blocks_of(message: Message) -> dict[str, Any]:
    """Return Slack's message. In its plain texts nothing is markup, a mention or a link."""
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": _plain(message.text[:BLOCK_MAX])},
    ]
    if message.link:
        button = {"type": "button", "text": _plain("Open"), "url": message.link}
        blocks.append({"type": "actions", "elements": [button]})
    return {
        "text": _escaped(message.title),  # what phones show; not plain text by itself
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "blocks": blocks,
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
