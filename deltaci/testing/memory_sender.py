"""A sender in memory that remembers what it said."""

import asyncio
from dataclasses import dataclass, field

from deltaci.senders.port import Config, Message

TAKEN = 204


@dataclass
class MemorySender:
    """Implements `deltaci.senders.port.Sender`: takes every message, after `errors` in turn."""

    errors: list[Exception] = field(default_factory=list)
    sent: list[tuple[Config, Message]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """While it is there and not set, nothing is taken."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once something was to be sent."""

    async def send(self, config: Config, message: Message) -> int:
        """See Sender."""
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        self.sent.append((config, message))
        if self.errors:
            raise self.errors.pop(0)
        return TAKEN

    async def close(self) -> None:
        """See Sender."""
