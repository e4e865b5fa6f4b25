"""News, channels that want to hear of them, and senders that remember what they said."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from deltaci.core import Core
from deltaci.notifications.channels import add_channel
from deltaci.notifications.preferences import add_preference
from deltaci.senders.port import Senders
from deltaci.store.announcements import News, announce
from deltaci.testing.memory_sender import MemorySender
from deltaci.wire.notifications import CreateChannel, CreatePreference, Filters

ADMIN = "ann"
Announce = Callable[..., Awaitable[None]]
Subscribe = Callable[..., Awaitable[str]]


@pytest.fixture
def tell(core: Core) -> Announce:
    """Announce something, as a use case would."""

    async def tell(event_type: str = "deployment.completed", **changes: Any) -> None:
        values: dict[str, Any] = {
            "event_type": event_type,
            "subject_kind": "deployment",
            "subject_id": "dep-1",
            "product": "shop",
            "version": "1.2.3",
            "environment": "production",
            "status": event_type.partition(".")[2],
        }
        async with core.database.write() as tx:
            announce(tx, News(**(values | changes)), core.clock())

    return tell


@pytest.fixture
def subscribe(core: Core) -> Subscribe:
    """Add a channel that hears of an event; returns its id."""

    async def subscribe(
        event_type: str = "*", name: str = "hooks", template: str = "", **filters: Any
    ) -> str:
        config = {"url": f"https://{name}.example/secret-path", "secret": "a-secret-key"}
        channel = await add_channel(
            core, ADMIN, CreateChannel(name=name, channel_type="webhook", config=config)
        )
        await add_preference(
            core,
            ADMIN,
            CreatePreference(
                channel_id=channel.id,
                event_type=event_type,
                filters=Filters(**filters),
                template=template,
            ),
        )
        return channel.id

    return subscribe


@pytest.fixture
def sender() -> MemorySender:
    return MemorySender()


@pytest.fixture
def senders(sender: MemorySender) -> Senders:
    return {"webhook": sender}
