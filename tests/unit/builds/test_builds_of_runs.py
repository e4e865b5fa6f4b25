"""A green run registers what it built, once; a refusal is on record and changes no outcome."""

import asyncio
from typing import Any

import pytest

from deltaci.builds.read import read_provenance
from deltaci.builds.register_run import register_run
from deltaci.builds.services import add_service
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.governance.mutations import switch_mutations
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.runs.read import read_run
from deltaci.runs.rerun import rerun
from deltaci.states import JobState, RunState
from deltaci.store.tables import AuditEvent, Registration, Run, RunBuild, UsageCounter
from deltaci.testing.factories import Factory
from deltaci.testing.green_runs import CONTENT, DIGEST, deliver, end, files, green, promised, work
from deltaci.testing.memory_commits import job
from deltaci.vcs.port import PullRequest
from deltaci.wire.builds import AddService
from deltaci.wire.governance import SwitchMutations
from deltaci.wire.runs import RerunRequest, RunBuildView

AT = {"artifact_ref": "s3://artifacts/shop-{version}.zip"}
KEPT = {"artifact": {"job": "build", "path": "dist/shop-{version}.zip"}}


@pytest.fixture(autouse=True)
async def shop(core: Core) -> None:
    await add_service(core, "root", AddService(service_name="shop"))


async def shown(factory: Factory, run_id: str) -> RunBuildView | None:
    return (await read_run(factory.core, run_id)).run.build


async def switch_off(core: Core) -> None:
    author = Author(Principal("root", OUR_ISSUER, frozenset({Role.ADMIN})), "")
    await switch_mutations(core, author, SwitchMutations(mutations_disabled=True))


async def refusal(factory: Factory, run_id: str) -> tuple[str, str]:
    """Return why the run's build was refused, once that is on record as it has to be."""
    await deliver(factory)
    build = await shown(factory, run_id)
    assert build is not None
    assert build.build_id is None
    assert build.refusal is not None
    event = await factory.rows.one(AuditEvent, AuditEvent.action == "build.denied")
    assert (event.actor, event.details["run_id"]) == ("delta-ci", run_id)
    assert event.details["code"] == build.refusal.code
    assert await factory.rows.run_state(run_id) is RunState.SUCCEEDED
    return build.refusal.code, build.refusal.message


async def test_a_green_run_registers_its_build(factory: Factory) -> None:
    run_id = await green(factory, AT)
    assert await shown(factory, run_id) == RunBuildView(service="shop", version="1.2.3")

    await deliver(factory)

    run = await factory.rows.run(run_id)
    row = await factory.rows.one(Registration)
    assert (row.product, row.version) == ("shop", "1.2.3")
    assert row.artifact_ref == "s3://artifacts/shop-1.2.3.zip"
    assert (row.git_sha, row.git_branch, row.built_at) == (run.commit_sha, "main", run.finished_at)
    assert (row.ci_publisher, row.ci_provider, row.ci_run_id) == ("delta-ci", "delta-ci", run_id)
    assert (row.run_id, row.verification) == (run_id, "off")
    view = await shown(factory, run_id)
    assert view == RunBuildView(service="shop", version="1.2.3", build_id=row.id)
    event = await factory.rows.one(AuditEvent, AuditEvent.action == "build.registered")
    assert (event.actor, event.details["run_id"]) == ("delta-ci", run_id)
    assert await factory.rows.all(UsageCounter) == []


async def test_what_made_it_is_kept_with_it(factory: Factory) -> None:
    run_id = await green(factory, AT | KEPT, stores="dist/shop-1.2.3.zip")
    await deliver(factory)
    row = await factory.rows.one(Registration)

    provenance = await read_provenance(factory.core, row.id)

    assert provenance.run is not None
    assert provenance.run.run_id == run_id
    assert provenance.run.plan_fingerprint.startswith("sha256:")
    jobs = [(each.name, each.state, each.attempts) for each in provenance.run.jobs]
    assert jobs == [("build", JobState.SUCCEEDED, 1), ("lint", JobState.SUCCEEDED, 1)]
    assert provenance.artifact is not None
    assert (provenance.artifact.job, provenance.artifact.sha256) == ("build", DIGEST)
    assert (row.sha256, row.size_bytes) == (DIGEST, len(CONTENT))


async def test_a_stored_file_alone_is_an_artifact(factory: Factory) -> None:
    await green(factory, KEPT, stores="dist/shop-1.2.3.zip")

    await deliver(factory)

    row = await factory.rows.one(Registration)
    assert row.artifact_ref == "delta-ci://artifacts/shop/1.2.3/dist/shop-1.2.3.zip"
    assert (row.sha256, row.size_bytes, row.verification) == (DIGEST, len(CONTENT), "verified")


@pytest.mark.parametrize("twice", ["delivered", "at once", "after dying in the middle"])
async def test_it_is_registered_once(factory: Factory, twice: str) -> None:
    run_id = await green(factory, AT)
    core = factory.core

    if twice == "at once":
        await asyncio.gather(*(register_run(core, None, run_id) for _ in range(5)))
    await register_run(core, None, run_id)
    if twice == "after dying in the middle":
        async with core.database.write() as tx:
            await tx.delete(await tx.get(RunBuild, run_id))
        await switch_off(core)
    await register_run(core, None, run_id)

    row = await factory.rows.one(Registration)
    assert (await factory.rows.one(RunBuild)).build_id == row.id
    await factory.rows.one(AuditEvent, AuditEvent.action == "build.registered")


async def test_a_rerun_finds_the_build_of_its_commit(factory: Factory) -> None:
    first = await green(factory, AT)
    await deliver(factory)
    accepted = await rerun(factory.core, "ada", first, RerunRequest(), None)
    await factory.plan(accepted.run_id)
    await work(factory, accepted.run_id)

    await end(factory, accepted.run_id)
    await deliver(factory)

    row = await factory.rows.one(Registration)
    assert row.run_id == first
    view = await shown(factory, accepted.run_id)
    assert view is not None
    assert (view.build_id, view.refusal) == (row.id, None)


async def green_part(factory: Factory, run_id: str, name: str) -> str:
    factory.clock.advance(1)
    part = (await rerun(factory.core, "ada", run_id, RerunRequest(jobs=[name]), None)).run_id
    await factory.plan(part)
    await work(factory, part)
    assert await end(factory, part) is RunState.SUCCEEDED
    return part


async def test_a_rerun_in_part_registers_once_nothing_is_missing(factory: Factory) -> None:
    jobs = {"build": job(), "test": job(), "lint": job()}
    run_id = await factory.run(files(KEPT, jobs=jobs))
    await factory.plan(run_id)
    broken = {"test": "FAILED", "lint": "FAILED"}
    await work(factory, run_id, stores="dist/shop-1.2.3.zip", **broken)
    assert await end(factory, run_id) is RunState.FAILED
    assert await promised(factory) == []

    lint = await green_part(factory, run_id, "lint")
    why = ("INVALID_STATE", "required, and not successful: test")
    assert await refusal(factory, lint) == why
    part = await green_part(factory, run_id, "test")
    await deliver(factory)

    row = await factory.rows.one(Registration)
    assert (row.run_id, row.sha256) == (part, DIGEST)


@pytest.mark.parametrize(
    ("build", "version", "code"),
    [
        (AT | {"service": "unheard-of"}, "1.2.3", "SERVICE_NOT_ALLOWLISTED"),
        (AT, "v1.2.3", "INVALID_VERSION"),
        (AT, "", "INVALID_VERSION"),
        (KEPT, "1.2.3", "INVALID_ARTIFACT"),
        ({"artifact_ref": "ftp://artifacts/shop.zip"}, "1.2.3", "INVALID_ARTIFACT"),
    ],
)
async def test_a_refusal_is_on_record_and_shown(
    factory: Factory, build: dict[str, Any], version: str, code: str
) -> None:
    run_id = await green(factory, build, version=version)

    assert (await refusal(factory, run_id))[0] == code
    await deliver(factory)
    assert await factory.rows.all(Registration) == []


@pytest.mark.parametrize("build", [AT, KEPT])
async def test_a_service_takes_builds_of_its_own_repositories_alone(
    factory: Factory, build: dict[str, Any]
) -> None:
    """Whatever the file of another repository says: what we store ourselves is bound by it, too."""
    taken = AddService(service_name="till", allowed_repositories=["acme/till"])
    await add_service(factory.core, "root", taken)

    run_id = await green(factory, build | {"service": "till"}, stores="dist/shop-1.2.3.zip")

    code, message = await refusal(factory, run_id)
    assert code == "SERVICE_NOT_ALLOWLISTED"
    assert "allowed_repositories" in message


async def test_a_repository_of_the_service_registers(factory: Factory) -> None:
    run_id = await green(factory, AT | {"service": "till"})
    repository = (await factory.rows.run(run_id)).repo_id
    taken = AddService(service_name="till", allowed_repositories=["acme/till", repository])
    await add_service(factory.core, "root", taken)

    await deliver(factory)

    assert (await factory.rows.one(Registration)).repo == repository


async def test_another_commit_does_not_get_the_version(factory: Factory) -> None:
    await green(factory, AT)
    await deliver(factory)
    second = await green(factory, AT)

    code, message = await refusal(factory, second)

    assert code == "BUILD_REGISTRATION_CONFLICT"
    assert message == "shop/1.2.3 is registered with another artifact or commit"


async def test_a_run_of_a_chosen_range_proves_no_commit(factory: Factory) -> None:
    run_id = await green(factory, AT)
    async with factory.core.database.write() as tx:
        (await tx.get_one(Run, run_id)).base_given = True

    assert (await refusal(factory, run_id))[0] == "INVALID_STATE"


async def test_the_switch_counts_for_runs_too(factory: Factory) -> None:
    await switch_off(factory.core)
    run_id = await green(factory, AT)

    assert (await refusal(factory, run_id))[0] == "MUTATIONS_DISABLED"


@pytest.mark.parametrize("fork", [False, True])
async def test_pull_requests_register_nothing(factory: Factory, fork: bool) -> None:
    sha = factory.commits.commit(files(AT | {"refs": ["*"]}), "refs/pull/7/head")
    event = PullRequest(
        number=7,
        action="opened",
        ref="refs/pull/7/head",
        head_sha=sha,
        head_ref="feature",
        head_repository="stranger/shop" if fork else "acme/shop",
        target_ref="refs/heads/main",
        target_sha=None,
        fork=fork,
        draft=False,
        sender="ada",
    )
    run_id = await factory.delivered(event)
    await factory.plan(run_id)
    await work(factory, run_id)

    assert await end(factory, run_id) is RunState.SUCCEEDED
    assert await promised(factory) == []


async def test_a_run_that_is_not_green_registers_nothing(factory: Factory) -> None:
    run_id = await factory.run(files(AT))
    await factory.plan(run_id)
    await work(factory, run_id, build="FAILED")

    assert await end(factory, run_id) is RunState.FAILED
    assert await promised(factory) == []
    await register_run(factory.core, None, run_id)
    assert await factory.rows.all(RunBuild) == []
