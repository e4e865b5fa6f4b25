"""A shop that is deployed from dev over staging to prod, and whoever may do so."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from deltaci.builds.record import Call
from deltaci.core import Core
from deltaci.deployments.admit import admit
from deltaci.deployments.carry_out import ask_engine, start_engine, stop_engine
from deltaci.deployments.deploy import deploy
from deltaci.deployments.promote import promote
from deltaci.deployments.rollback import roll_back
from deltaci.deployments.settle import settle
from deltaci.deployments.submit import Submitted
from deltaci.engines.port import EngineState
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.ids import new_build_id
from deltaci.states import DeploymentState
from deltaci.store.catalog import ensure_version
from deltaci.store.deployments import Ours, find_deployment
from deltaci.store.registry import claim_registration
from deltaci.store.tables import DeliveryGroup, DeployRecipe, Environment, Registration
from deltaci.testing.catalog_rows import CatalogRows
from deltaci.testing.memory_engine import MemoryEngine
from deltaci.testing.row_reader import RowReader
from deltaci.testing.settable_clock import SettableClock
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.deployment_intents import DeploymentIntent, PromotionIntent, RollbackIntent
from deltaci.wire.deployment_orders import DeploymentEnding, DeploymentOutcome

SHOP, GROUP, RECIPE = "shop", "store", "standard"
ORDER = ("dev", "staging", "prod")
OWNER_MAIL = "olga@example.test"

_numbers = itertools.count(1)


def principal(subject: str, *roles: Role, email: str = "") -> Principal:
    """Somebody with a token of ours."""
    return Principal(subject, OUR_ISSUER, frozenset(roles), email=email)


ADMIN = principal("root", Role.ADMIN)
OWNER = principal("olga", Role.DELIVERY_OWNER, email=OWNER_MAIL)
OTHER_OWNER = principal("otto", Role.DELIVERY_OWNER, email="otto@example.test")
OBSERVER = principal("oscar", Role.OBSERVER)


@dataclass
class DeploymentBench:
    """Asks for deployments as the API does, and carries them out as their workflow does."""

    core: Core
    clock: SettableClock
    engine: MemoryEngine = field(default_factory=MemoryEngine)
    group: str = GROUP
    service: str = SHOP

    @property
    def rows(self) -> RowReader:
        """What the database says."""
        return RowReader(self.core)

    @property
    def catalog(self) -> CatalogRows:
        """More of the catalog."""
        return CatalogRows(self.core)

    async def open(self, *versions: str, **guardrails: Any) -> "DeploymentBench":
        """Describe the shop, and register versions of it."""
        catalog = self.catalog
        await catalog.service(self.service)
        async with self.core.database.read() as tx:
            shared = await tx.get(DeployRecipe, RECIPE)
        if shared is None:
            await catalog.recipe(RECIPE)
        await catalog.group(
            self.group,
            self.service,
            owner=OWNER_MAIL,
            allowed_environments=list(ORDER),
            allowed_recipes=[RECIPE],
            guardrails=guardrails,
        )
        for environment in ORDER:
            await catalog.environment(environment)
            await catalog.route(RECIPE, [self.service], environment)
        for version in versions:
            await self.register(version)
        return self

    async def register(self, version: str, service: str = "") -> None:
        """Register a version."""
        product, now = service or self.service, self.core.clock()
        async with self.core.database.write() as tx:
            await ensure_version(tx, product, version, "ab" * 20, "ci", now)
            await claim_registration(tx, _registration(product, version, now))

    async def guard(self, **guardrails: Any) -> None:
        """Set guardrails of the group, in place of what it has."""
        async with self.core.database.write() as tx:
            (await tx.get_one(DeliveryGroup, self.group)).guardrails = guardrails

    async def recipe(self, **spec: Any) -> None:
        """Set parts of the recipe."""
        async with self.core.database.write() as tx:
            row = await tx.get_one(DeployRecipe, RECIPE)
            row.spec = {**row.spec, **spec}

    async def retire(self, environment: str) -> None:
        """Retire an environment."""
        async with self.core.database.write() as tx:
            row = await tx.get_one(Environment, environment)
            row.lifecycle_state = LifecycleState.RETIRED

    async def ask(
        self, version: str, environment: str = "dev", *, by: Principal = ADMIN, **more: Any
    ) -> Submitted:
        """Ask for a deployment."""
        key = more.pop("key", None) or f"key-{next(_numbers)}"
        self.clock.advance(0.001)
        intent = DeploymentIntent.model_validate(
            {
                "service": self.service,
                "environment": environment,
                "version": version,
                "changeSummary": "a change",
                **more,
            }
        )
        return await deploy(self.core, Call(by, key), intent)

    async def ask_to_promote(
        self,
        version: str,
        source: str = "dev",
        target: str = "staging",
        *,
        by: Principal = ADMIN,
        **more: Any,
    ) -> Submitted:
        """Ask for a promotion."""
        key = more.pop("key", None) or f"key-{next(_numbers)}"
        self.clock.advance(0.001)
        told = {"source_environment": source, "target_environment": target, "version": version}
        intent = PromotionIntent.model_validate({"service": self.service, **told, **more})
        return await promote(self.core, Call(by, key), intent)

    async def ask_to_roll_back(
        self, deployment_id: str, *, by: Principal = ADMIN, key: str = ""
    ) -> Submitted:
        """Ask for a rollback."""
        self.clock.advance(0.001)
        call = Call(by, key or f"key-{next(_numbers)}")
        return await roll_back(self.core, call, deployment_id, RollbackIntent())

    async def deployed(self, version: str, environment: str = "dev", **more: Any) -> str:
        """Deploy a version to the end, whatever that is, and return the deployment's id."""
        asked = await self.ask(version, environment, **more)
        await self.drive(asked.deployment.id)
        return asked.deployment.id

    async def drive(self, deployment_id: str) -> DeploymentState:
        """Do what the workflow does, as far as that can be done without waiting."""
        self.clock.advance(0.001)
        admission = await admit(self.core, deployment_id)
        if not admission.begins:
            if admission.ended:
                failed = admission.trouble is not None
                wanted = DeploymentState.FAILED if failed else DeploymentState.CANCELED
                return (await self.end(deployment_id, wanted, trouble=admission.trouble)).state
            return await self.state(deployment_id)
        engines = {self.engine.engine_type: self.engine}
        await start_engine(self.core, engines, deployment_id)
        standing = await ask_engine(self.core, engines, deployment_id)
        ours = await self.ours(deployment_id)
        if ours.intent.cancel_requested_by and standing.is_running:
            standing = await stop_engine(self.core, engines, deployment_id)
        if standing.is_running:
            return ours.row.state
        return (
            await self.end(
                deployment_id, _WANTED[EngineState(standing.state)], trouble=standing.trouble
            )
        ).state

    async def end(
        self, deployment_id: str, wanted: DeploymentState, **more: Any
    ) -> DeploymentOutcome:
        """Settle a deployment."""
        self.clock.advance(0.001)
        ending = DeploymentEnding(deployment_id=deployment_id, wanted=wanted, **more)
        return await settle(self.core, ending)

    async def ours(self, deployment_id: str) -> Ours:
        """Read a deployment."""
        async with self.core.database.read() as tx:
            found = await find_deployment(tx, deployment_id)
        if found is None:
            raise LookupError(deployment_id)
        return found

    async def state(self, deployment_id: str) -> DeploymentState:
        """Read a deployment's state."""
        return (await self.ours(deployment_id)).row.state

    async def states(self, deployment_ids: Sequence[str]) -> list[DeploymentState]:
        """Read several states."""
        return [await self.state(each) for each in deployment_ids]


_WANTED = {
    EngineState.SUCCEEDED: DeploymentState.SUCCEEDED,
    EngineState.FAILED: DeploymentState.FAILED,
    EngineState.CANCELED: DeploymentState.CANCELED,
}


def _registration(product: str, version: str, now: Any) -> Registration:
    return Registration(
        id=new_build_id(),
        product=product,
        version=version,
        artifact_ref=f"s3://artifacts/{product}/{version}.zip",
        git_sha="ab" * 20,
        git_branch="main",
        ci_provider="github",
        ci_run_id="1",
        built_at=now,
        commit_url=None,
        run_url=None,
        checksum_sha256=None,
        repo=None,
        actor=None,
        sha256=None,
        size_bytes=None,
        content_type=None,
        verification="off",
        provenance={},
        run_id=None,
        ci_publisher="ci",
        registered_by="ci",
        registered_at=now,
    )
