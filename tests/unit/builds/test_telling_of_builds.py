"""What became of a run's build is told with the run, even when that takes time."""

import pytest

from deltaci.builds.services import add_service
from deltaci.core import Core
from deltaci.effects.deliver import Deliverer, NotYetError
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.governance.rules import check_publishers
from deltaci.identity.principal import OUR_ISSUER
from deltaci.reports.story import read_story
from deltaci.reports.summary import comment_summary, run_summary
from deltaci.store.tables import Effect, Registration, RunBuild
from deltaci.testing.factories import Factory
from deltaci.testing.green_runs import deliver, green, promised
from deltaci.testing.memory_orchestrator import MemoryOrchestrator
from deltaci.wire.builds import AddService
from deltaci.wire.governance import CiPublisher

AT = {"artifact_ref": "s3://artifacts/shop-{version}.zip"}


@pytest.fixture(autouse=True)
async def shop(core: Core) -> None:
    await add_service(core, "root", AddService(service_name="shop"))


class AwayInspector:
    """Cannot look at anything for now."""

    async def inspect(self, claim: object, keyed: object) -> None:
        raise UnavailableError("the store is away")


async def test_an_artifact_that_cannot_be_looked_at_is_looked_at_later(factory: Factory) -> None:
    run_id = await green(factory, AT)
    (effect,) = await promised(factory)
    waiting = Deliverer(factory.core, MemoryOrchestrator(), AwayInspector())  # type: ignore[arg-type] # stands for one

    with pytest.raises(NotYetError):
        await waiting.deliver(effect)

    assert await factory.rows.all(RunBuild) == []
    await deliver(factory)
    assert (await factory.rows.one(RunBuild)).run_id == run_id


async def test_reports_say_what_became_of_it(factory: Factory) -> None:
    fine = await green(factory, AT)
    await deliver(factory)
    refused = await green(factory, AT)
    await deliver(factory)

    async with factory.core.database.read() as tx:
        stories = [await read_story(tx, factory.core, run_id) for run_id in (fine, refused)]

    row = await factory.rows.one(Registration)
    assert f"- Build: `shop` `1.2.3` is registered as `{row.id}`" in run_summary(stories[0])
    why = "was not registered: BUILD_REGISTRATION_CONFLICT, `shop/1.2.3 is registered with"
    assert why in comment_summary(stories[1])


async def test_the_forge_hears_of_it(factory: Factory) -> None:
    run_id = await green(factory, AT)
    async with factory.core.database.write() as tx:
        story = await read_story(tx, factory.core, run_id)
        story.run.forge = "gitea"

    await deliver(factory)

    reports = [each for each in await factory.rows.all(Effect) if each.kind == "report_run"]
    assert [each.payload for each in reports] == [{"run_id": run_id}]


def test_our_name_is_nobody_elses() -> None:
    mine = CiPublisher(name="delta-ci", issuers=[OUR_ISSUER], subjects=["mallory"])
    with pytest.raises(InvalidRequestError, match="choose another"):
        check_publishers([mine])
