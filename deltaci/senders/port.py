"""What tells a channel of something: the one port that every sender implements.

A sender makes one try. It is told what to say in two ways, of which it uses one: `payload` for
programs, `text` for people. Both come partly from outside: a sender for people shows names letter
for letter, and none of them does anything there. What a sender raises goes into the history, which
many may read: it names neither the channel's address nor anything that the receiver answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as every sender gets it."""

    id: str
    """The same whenever the same is told again, so that receivers can tell it apart."""
    event_type: str
    occurred_at: datetime
    now: datetime
    """When it is sent."""
    title: str
    text: str
    link: str
    """Where to read more; empty when there is nothing."""
    payload: Mapping[str, Any]
    subject: "Subject"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the message is about; None where it does not apply."""

    kind: str
    id: str
    product: str | None = None
    version: str | None = None
    environment: str | None = None
    status: str | None = None
    error: str | None = None


class SenderError(Exception):
    """The message was not taken. `status` is what an HTTP receiver answered, None without one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class RefusedError(SenderError):
    """Trying again would end alike."""


class NothingToSayError(SenderError):
    """This channel has no words for such an event."""


class UnreachedError(SenderError):
    """Trying again may help, after `retry_after_seconds` if the receiver asked for it."""

    def __init__(
        self, message: str, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, status)
        self.retry_after_seconds = retry_after_seconds


Config = Mapping[str, Any]
"""A channel's configuration as it was validated, its secrets included."""


class Sender(Protocol):
    """Sends to channels of one type."""

    async def send(self, config: Config, message: Message) -> int | None:
        """Have the receiver take the message; returns the HTTP status if there is one.

        Raises RefusedError, NothingToSayError and UnreachedError, within a bounded time.
        """
        ...

    async def close(self) -> None:
        """Give all connections back."""
        ...


Senders = Mapping[str, Sender]
"""The sender of each channel type; a type that is switched off is missing."""
