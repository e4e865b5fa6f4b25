"""The real application with something in it, for generated requests to hit."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from pydantic import SecretStr
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import BaseSchema
from sqlalchemy import delete

from api import examples
from api.app import build_app
from deltaci.bootstrap import build_commits, build_core, build_forges
from deltaci.builds.record import Call
from deltaci.builds.register import register_build
from deltaci.builds.services import add_service
from deltaci.catalog.document.apply import apply_catalog
from deltaci.client.signing import ping
from deltaci.core import Core
from deltaci.forge_settings import GitLabSettings
from deltaci.governance.change import Author
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.jobs.acknowledge import acknowledge_lease
from deltaci.jobs.lease import Seeker, grant_lease
from deltaci.repositories.register import register_repository
from deltaci.repositories.secrets import add_webhook_secret
from deltaci.runs.create import create_run
from deltaci.settings import Settings
from deltaci.store.database import Database
from deltaci.store.deliveries import DeliveryFilter
from deltaci.store.migrate import upgrade
from deltaci.store.tables import AdminSetting, UsageCounter
from deltaci.testing.hand_driven import HandDrivenRun
from deltaci.testing.postgres import PostgresServer
from deltaci.testing.repositories import GitRepository
from deltaci.vcs.port import Provider
from deltaci.webhooks.deliveries import list_deliveries
from deltaci.webhooks.receive import Reception
from deltaci.wire.builds import AddService, RegisterBuild
from deltaci.wire.catalog_document import CatalogDocument
from deltaci.wire.forges import AddWebhookSecret
from deltaci.wire.governance import QUOTA_MAX, RPM_MAX
from deltaci.wire.repositories import CreateRepository
from deltaci.wire.runner import AckLease
from deltaci.wire.runs import CreateRun

SUBJECT = "fuzzer"
REPOSITORY = "acme/shop"
WEBHOOK_SECRET = "fuzzed-secret"
CATALOG = {"environment_id": "staging", "recipe_id": "standard", "group_id": "sellers"}

schemathesis.serializer.alias("application/x-git-upload-pack-request", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Target:
    """The application's own description, what exists in it, and tokens that open it."""

    schema: BaseSchema
    named: dict[str, str]
    """What parts of paths may name."""
    lease_id: str
    tokens: dict[Role, str]
    database_url: str

    def forget_settings(self) -> None:
        """Undo what admin routes set: one that switches everything off would shield the others."""
        _in_a_loop_of_its_own(_forget_settings(self.database_url))


async def _fill(settings: Settings, repository: GitRepository) -> tuple[dict[str, str], str]:
    """Register a repository, receive a delivery, plan a run, and lease its first job."""
    core, commits = build_core(settings), build_commits(settings)
    request = CreateRepository(
        repo_id=REPOSITORY, url=str(repository.path), provider=Provider.GITLAB, full_name=REPOSITORY
    )
    await register_repository(core, SUBJECT, request)
    secret = AddWebhookSecret(repo_id=REPOSITORY, secret=SecretStr(WEBHOOK_SECRET))
    added = await add_webhook_secret(core, SUBJECT, secret)
    wanted = CreateRun(repo_id=REPOSITORY, ref="main")
    accepted, _ = await create_run(core, commits, SUBJECT, wanted, None)
    run = HandDrivenRun(core, commits, accepted.run_id)
    await run.plan()
    await run.offer("build")
    granted = await grant_lease(core, Seeker(SUBJECT, frozenset()))
    assert granted is not None
    named = {"runner_id": SUBJECT, "lease_id": granted.lease_id}
    await acknowledge_lease(core, AckLease(job_id=granted.job_id, **named))
    delivery_id = await _deliver(core, settings)
    build_id = await _register(core)
    await _describe(core)
    await core.database.close()
    named = {
        "run_id": accepted.run_id,
        "delivery_id": delivery_id,
        "build_id": build_id,
        "service": REPOSITORY,
        "secret_id": str(added.id),
        **CATALOG,
        "provider": Provider.GITLAB,
    }
    return named, granted.lease_id


async def _deliver(core: Core, settings: Settings) -> str:
    call = ping(Provider.GITLAB, REPOSITORY, WEBHOOK_SECRET)
    headers = {name.lower(): value for name, value in call.headers.items()}
    reception = Reception(core, build_forges(settings))
    await reception.receive(await reception.verify(Provider.GITLAB, headers, call.body))
    page = await list_deliveries(core, DeliveryFilter(), limit=1, cursor="")
    return page.deliveries[0].id


async def _register(core: Core) -> str:
    await add_service(core, SUBJECT, AddService(service_name=REPOSITORY))
    request = RegisterBuild.model_validate(examples.BUILD | {"service": REPOSITORY})
    caller = Principal(SUBJECT, OUR_ISSUER, frozenset({Role.CI_PUBLISHER}))
    return (await register_build(core, None, Call(caller, "fuzzed"), request)).build.id


async def _describe(core: Core) -> None:
    """Fill the catalog with one of each, so that a request can name them."""
    author = Author(Principal(SUBJECT, OUR_ISSUER, frozenset({Role.ADMIN})), "req_0")
    recipe = {
        "name": "Standard",
        "engine_type": "noop",
        "effective_behavior_summary": "Does nothing.",
    }
    document = {
        "environments": {CATALOG["environment_id"]: {}},
        "recipes": {CATALOG["recipe_id"]: recipe},
        "groups": {CATALOG["group_id"]: {"name": "Fuzzed", "services": [REPOSITORY]}},
    }
    await apply_catalog(core, author, CatalogDocument.model_validate(document))


async def _forget_settings(database_url: str) -> None:
    database = Database(database_url)
    async with database.write() as tx:
        await tx.execute(delete(AdminSetting))
        await tx.execute(delete(UsageCounter))
    await database.close()


def _in_a_loop_of_its_own(coroutine: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextmanager
def _opened(folder: Path, database_url: str = "") -> Iterator[Target]:
    """The application, alive in schemathesis' own event loop. Its effects stay in the outbox."""
    settings = Settings(
        data_dir=folder / "data",
        database_url=database_url,
        temporal_address="127.0.0.1:1",
        local_repositories=str(folder),
        git_hosts="git.example.test",
        gitlab=GitLabSettings(webhook_secrets=SecretStr(WEBHOOK_SECRET)),
        lease_poll_max_seconds=1,
        read_rpm=RPM_MAX,
        mutate_rpm=RPM_MAX,
        ci_publishers=SUBJECT,
        daily_quota_build_register=QUOTA_MAX,
    )
    repository = GitRepository.create(folder / "shop", {"go.mod": "module example.test/shop\n"})
    settings.data_dir.mkdir()
    _in_a_loop_of_its_own(asyncio.to_thread(upgrade, settings.resolved_database_url))
    named, lease_id = _in_a_loop_of_its_own(_fill(settings, repository))
    app = build_app(settings)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    app.state.parts.core.database.on_effects = lambda _effects: None
    signer = TokenSigner.load("", settings.data_dir)
    tokens = {
        role: signer.issue(SUBJECT, [role], timedelta(hours=1)).token
        for role in (Role.ADMIN, Role.CI_PUBLISHER, Role.RUNNER)
    }
    yield Target(schema, named, lease_id, tokens, settings.resolved_database_url)
    shutdown_lifespans()


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The application on SQLite."""
    with _opened(tmp_path_factory.mktemp("fuzz")) as opened:
        yield opened


@pytest.fixture(scope="session")
def strict_target(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Target]:
    """The application on PostgreSQL, which refuses more."""
    with _opened(tmp_path_factory.mktemp("fuzz"), postgres_server.create_database("fuzz")) as it:
        yield it
