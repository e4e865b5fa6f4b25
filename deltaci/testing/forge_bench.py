"""An adapter and the fake forge that it speaks with, for tests of what every adapter promises."""

from collections.abc import Callable
from dataclasses import dataclass, field

from deltaci.testing.fake_forge.forge import ACCOUNT, FakeForge
from deltaci.testing.fake_forge.state import Repository
from deltaci.vcs.port import (
    Check,
    Forge,
    ForgeApi,
    ForgeGoneError,
    Place,
    Provider,
    Verdict,
    Webhooks,
)

FULL_NAME = "acme/shop"
COMMIT = "c0ffee" * 6 + "cafe"
TOKEN = "token-that-nobody-may-see"  # noqa: S105  made up: it opens a fake
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Kind:
    """What differs between forges, as far as the port allows it."""

    provider: Provider
    build: Callable[[FakeForge, str, float], Forge]
    """Make the adapter for a fake, with this token (or none) and timeout in seconds."""
    pull_ref: str = "refs/pull/{}/head"
    """Where a pull request's head can be fetched, by its number."""
    actions: tuple[str, ...] = ("opened", "synchronize", "reopened", "ready_for_review")
    """What it tells about pull requests."""
    untold: frozenset[str] = field(default_factory=frozenset)
    """Fields of pushes, pull requests and remarks that its deliveries leave out."""
    tells_forks: bool = True
    """Rather than ignoring pull requests whose heads nobody can fetch from its repository."""
    signs_bodies: bool = True
    """Rather than sending the secret along."""
    account: str = ACCOUNT
    """The login that the adapter acts as."""
    mints_tokens: bool = False
    """Rather than using the one that it is given."""


@dataclass
class Bench:
    """One adapter, its fake, and a repository there."""

    kind: Kind
    fake: FakeForge
    repository: Repository
    place: Place = field(default_factory=lambda: Place(FULL_NAME))
    _opened: list[Forge] = field(default_factory=list)

    def __post_init__(self) -> None:
        forge = self.forge()
        self.api: ForgeApi = forge.api
        self.webhooks: Webhooks = forge.webhooks

    def forge(self, *, token: str = TOKEN, timeout_seconds: float = TIMEOUT_SECONDS) -> Forge:
        """Make another adapter for the same fake."""
        forge = self.kind.build(self.fake, token, timeout_seconds)
        self._opened.append(forge)
        return forge

    async def close(self) -> None:
        """Close every adapter."""
        for forge in self._opened:
            await forge.close()

    async def publish(self, shown: Check, external_id: str | None = None) -> str:
        """Publish as a reporter does, which makes anew what is gone."""
        try:
            return await self.api.publish(self.place, shown, external_id)
        except ForgeGoneError:
            return await self.api.publish(self.place, shown, None)


def check(verdict: Verdict, *, run: str = "run_1", name: str = "delta-ci") -> Check:
    """A check of a run, on its way."""
    return Check(
        reference=f"{run}/{name}",
        name=name,
        commit_sha=COMMIT,
        verdict=verdict,
        title=f"It is {verdict}",
        summary="All of it.",
        url=f"https://ci.example.org/runs/{run}",
        ref="refs/heads/main",
    )
