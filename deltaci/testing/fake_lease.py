"""One job as the scripted control plane sees it."""

from dataclasses import dataclass, field

from deltaci.wire.runner import (
    CancelAck,
    CancelReason,
    Complete,
    Heartbeat,
    LeaseGranted,
    StaleReason,
)


@dataclass
class FakeLease:
    """What was granted, what arrived, and what to answer from now on."""

    granted: LeaseGranted
    acknowledged: bool = False
    heartbeats: list[Heartbeat] = field(default_factory=list)
    log: bytearray = field(default_factory=bytearray)
    log_limit: int | None = None
    artifacts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    completions: list[Complete] = field(default_factory=list)
    canceled: CancelAck | None = None
    handed_back: bool = False
    stale: StaleReason | None = None
    cancel_reason: CancelReason | None = None
    cancel_deadline_seconds: int = 30

    @property
    def completion(self) -> Complete:
        """The one completion. Raises ValueError when there is none, or more than one."""
        (completion,) = self.completions
        return completion

    @property
    def over(self) -> bool:
        """Whether the runner reported an end."""
        return bool(self.completions or self.canceled or self.handed_back)

    @property
    def has_news(self) -> bool:
        """Whether a held heartbeat is to be answered now."""
        return self.over or self.stale is not None or self.cancel_reason is not None

    @property
    def text(self) -> str:
        """The log so far."""
        return self.log.decode(errors="replace")
