"""A pull request under which people comment."""

from dataclasses import dataclass, field, replace

import pytest

from deltaci.commands.obey import obey_command
from deltaci.repositories.register import register_repository
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect, Run
from deltaci.testing.factories import REPOSITORY, USER, Factory
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.forge_webhook import opened
from deltaci.testing.memory_commits import config, job
from deltaci.testing.memory_forge import MemoryForge, forge_of
from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import ForgeUnavailableError, Place, Provider, Remark
from deltaci.webhooks.receive import Reception
from deltaci.wire.repositories import CreateRepository

NUMBER = 7
SECRET = "signs the comments"


@dataclass
class ForgeWithPeople(MemoryForge):
    """A forge that knows who may push, unless it is away."""

    writers: frozenset[str] = frozenset({"wanda"})
    is_away: bool = False

    async def may_write(self, place: Place, login: str) -> bool:
        """See ForgeApi."""
        self.places.append(place)
        if self.is_away:
            raise ForgeUnavailableError("the forge is away")
        return login in self.writers


@dataclass
class Commander:
    """Comments, and has a worker look into what was commented."""

    factory: Factory
    forge: ForgeWithPeople = field(default_factory=ForgeWithPeople)

    def __post_init__(self) -> None:
        whole = replace(forge_of(self.forge), webhooks=GiteaWebhooks())
        self.forges = {Provider.GITEA: whole}

    async def link(self) -> None:
        """Register the repository, on a forge."""
        request = CreateRepository(
            repo_id=REPOSITORY,
            url=f"/srv/{REPOSITORY}",
            provider=Provider.GITEA,
            full_name=REPOSITORY,
            token="a token of its own",
            webhook_secret=SECRET,
        )
        await register_repository(self.factory.core, USER, request)

    async def open(self) -> str:
        """Give the pull request a head, and return the planned run of it."""
        await self.link()
        wanted = {"build": job(), "test": job(), "page": job(paths=["docs/**"])}
        head = self.factory.commits.commit(config(wanted), "topic")
        event = opened(REPOSITORY, number=NUMBER, head_sha=head, target_sha=None)
        run_id = await self.factory.delivered(event)
        await self.factory.plan(run_id)
        return run_id

    async def say(self, body: str, author: str = "wanda", comment_id: str = "1") -> str:
        """Comment under the pull request; returns the id of the delivery to be looked into."""
        self.factory.clock.advance(1)
        remark = Remark(NUMBER, comment_id, author, body)
        headers, told = FakeForge(Provider.GITEA, webhook_secret=SECRET).delivery(
            REPOSITORY, remark
        )
        reception = Reception(self.factory.core, self.forges)
        lower = {name.lower(): value for name, value in headers.items()}
        await reception.receive(await reception.verify(Provider.GITEA, lower, told))
        self.factory.clock.advance(1)
        asked = await self.factory.rows.all(Effect, Effect.kind == EffectKind.OBEY_COMMAND)
        return str(asked[-1].payload["delivery_id"])

    async def obey(self, delivery_id: str) -> None:
        """Look into it, once."""
        await obey_command(self.factory.core, self.forges, self.factory.commits, delivery_id)

    async def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return sorted(await self.factory.rows.all(Run), key=lambda run: run.created_at)

    @property
    def answers(self) -> list[str]:
        """All comments of ours."""
        return list(self.forge.comments.values())


@pytest.fixture
def commander(factory: Factory) -> Commander:
    return Commander(factory)
