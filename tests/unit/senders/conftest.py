"""Receivers on this machine, and messages for them."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deltaci.senders.port import Message, Subject
from deltaci.testing.receiver import Receiver, receiving

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HERE = frozenset({"127.0.0.1"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def message() -> Callable[..., Message]:
    def make(**changes: Any) -> Message:
        values: dict[str, Any] = {
            "id": "msg_7_channel",
            "event_type": "deployment.failed",
            "occurred_at": NOW,
            "now": datetime.now(UTC),
            "title": "Deployment of shop 1.2.3 to production failed",
            "text": "Deployment of shop 1.2.3 to production failed\nBy: ann",
            "link": "https://ci.example/7",
            "payload": {"id": "dep-1", "product_name": "größe", "environment": None},
            "subject": Subject("deployment", "dep-1", "shop", "1.2.3", "production", "failed"),
        }
        return Message(**(values | changes))

    return make
