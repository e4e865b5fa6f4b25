"""A forge in memory that shows what it is told, fails as it is told, and forgets nothing."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from deltaci.vcs.port import (
    Check,
    Delivery,
    Event,
    Forge,
    ForgeGoneError,
    ForgeRefusedError,
    ForgeUnavailableError,
    GitCredential,
    Place,
    Provider,
)


class Fault(StrEnum):
    """What may befall a call that shows something."""

    NONE = "none"
    AWAY = "away"
    """The call never arrives."""
    LOST = "lost"
    """The call arrives, its answer does not."""
    REFUSED = "refused"
    DEATH = "death"
    """The call arrives, and the caller dies before it hears of it."""


class SenderDiedError(Exception):
    """Stands for the end of a process: nothing may be done about it where it happens."""


@dataclass
class MemoryForge:
    """Implements `deltaci.vcs.port.ForgeApi`. Ids are `1`, `2`, … as in `calls`."""

    faults: deque[Fault] = field(default_factory=deque)
    """What happens to the next calls, in turn; then nothing does."""
    refused_names: set[str] = field(default_factory=set)
    """Checks that it will not show."""
    retry_after_seconds: float | None = None
    checks: dict[str, Check] = field(default_factory=dict)
    """What it shows, by id."""
    comments: dict[str, str] = field(default_factory=dict)
    said: list[Check] = field(default_factory=list)
    """Every check that it ever showed, in the order in which it was told."""
    places: list[Place] = field(default_factory=list)
    calls: int = 0
    runs_apart: bool = False
    """Whether it shows a check of each run, as GitHub does, or one status for all of a name."""
    gate: asyncio.Event | None = None
    """While unset, calls that show something hang."""

    def named(self, name: str) -> list[Check]:
        """Return the checks that it shows under a name."""
        return [check for check in self.checks.values() if check.name == name]

    def status(self, name: str) -> Check:
        """Return what a forge of statuses would show: the newest word under a name."""
        return [check for check in self.said if check.name == name][-1]

    def trail(self, reference: str) -> list[Check]:
        """Return everything that was ever shown under a reference of ours."""
        return [check for check in self.said if check.reference == reference]

    def lose_ids(self) -> None:
        """Forget the ids of all that it shows, as if somebody had removed it."""
        self.checks.clear()
        self.comments.clear()

    async def publish(self, place: Place, check: Check, external_id: str | None) -> str:
        """See ForgeApi."""
        fault = await self._arrive(place, check.name)
        if external_id is not None and external_id not in self.checks:
            raise ForgeGoneError("there is no such check")
        external_id = external_id or self._new_id()
        self.checks[external_id] = check
        self.said.append(check)
        return self._answer(fault, external_id)

    def stands_apart(self, external_id: str) -> bool:  # noqa: ARG002 - the port's signature
        """See ForgeApi."""
        return self.runs_apart

    async def find_check(self, place: Place, check: Check) -> str | None:
        """See ForgeApi."""
        self.places.append(place)
        found = [key for key, shown in self.checks.items() if shown.reference == check.reference]
        return found[0] if found else None

    async def write_comment(
        self, place: Place, number: int, body: str, comment_id: str | None
    ) -> str:
        """See ForgeApi."""
        fault = await self._arrive(place, f"#{number}")
        if comment_id is not None and comment_id not in self.comments:
            raise ForgeGoneError("there is no such comment")
        comment_id = comment_id or self._new_id()
        self.comments[comment_id] = body
        return self._answer(fault, comment_id)

    async def find_comment(self, place: Place, number: int, marker: str) -> str | None:  # noqa: ARG002 - the port's signature
        """See ForgeApi."""
        return next((key for key, body in self.comments.items() if marker in body), None)

    async def may_write(self, place: Place, login: str) -> bool:  # noqa: ARG002 - the port's signature
        """See ForgeApi; everybody may."""
        return True

    async def git_credential(self, place: Place) -> GitCredential | None:  # noqa: ARG002 - the port's signature
        """See ForgeApi; there is none."""
        return None

    async def _arrive(self, place: Place, name: str) -> Fault:
        self.calls += 1
        self.places.append(place)
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if self.gate is not None:
            await self.gate.wait()
        if fault is Fault.AWAY:
            raise ForgeUnavailableError("the forge is away", self.retry_after_seconds)
        if fault is Fault.REFUSED or name in self.refused_names:
            raise ForgeRefusedError("the forge will not have it")
        return fault

    def _answer(self, fault: Fault, external_id: str) -> str:
        if fault is Fault.LOST:
            raise ForgeUnavailableError("the forge did not answer")
        if fault is Fault.DEATH:
            raise SenderDiedError
        return external_id

    def _new_id(self) -> str:
        return str(self.calls)


class DeafWebhooks:
    """Implements `deltaci.vcs.port.Webhooks` for tests in which nothing is delivered."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """See Webhooks."""
        raise NotImplementedError

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> bool:
        """See Webhooks."""
        raise NotImplementedError

    def parse(self, delivery: Delivery) -> Event:
        """See Webhooks."""
        raise NotImplementedError


def forge_of(api: MemoryForge, provider: Provider = Provider.GITEA) -> Forge:
    """Return a forge that is reached and told things, and tells nothing."""
    return Forge(provider, DeafWebhooks(), api, "https://forge.example")
