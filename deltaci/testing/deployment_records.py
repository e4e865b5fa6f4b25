"""Deployments in any state, rules and attempts, written as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltaci.core import Core
from deltaci.ids import new_uid
from deltaci.rules.check import check_rules
from deltaci.rules.model import Attempt, RulesVerdict
from deltaci.states import DEPLOYMENT_OPEN, DeploymentState
from deltaci.store.catalog import ensure_environment, ensure_product, ensure_version
from deltaci.store.tables import Deployment, DeploymentRule
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.deployments import Origin
from deltaci.wire.rules import RuleStatus, RuleType, parse_config

SHOP, V1, PRODUCTION = "shop", "1.2.3", "production"
ACTOR = "ada"


@dataclass(frozen=True, slots=True)
class DeploymentRecords:
    """Writes what tests need to be there before they begin."""

    core: Core

    async def version(self, version: str = V1, product: str = SHOP, actor: str = ACTOR) -> str:
        """Make a version known, and return its id."""
        now = self.core.clock()
        async with self.core.database.write() as tx:
            await ensure_product(tx, product, actor, now)
            return (await ensure_version(tx, product, version, None, actor, now)).id

    async def deployment(
        self,
        state: DeploymentState = DeploymentState.SUCCEEDED,
        *,
        environment: str = PRODUCTION,
        product: str = SHOP,
        version: str = V1,
        invoke_id: str | None = None,
    ) -> str:
        """Write a deployment of now, as another tool would have reported it."""
        now = self.core.clock()
        version_id = await self.version(version, product)
        async with self.core.database.write() as tx:
            await ensure_environment(tx, environment, EnvironmentType.OTHER, ACTOR, now)
            row = Deployment(
                id=new_uid(),
                origin=Origin.REPORTED,
                product=product,
                version=version,
                version_id=version_id,
                environment=environment,
                state=state,
                state_reason="",
                invoke_id=invoke_id,
                extra_metadata={},
                started_at=now,
                deployed_at=None if state in DEPLOYMENT_OPEN else now,
                created_by=ACTOR,
                created_at=now,
                updated_at=now,
            )
            tx.add(row)
        return row.id

    async def rule(
        self,
        kind: RuleType,
        config: Mapping[str, Any],
        *,
        name: str = "",
        status: RuleStatus = RuleStatus.ENABLED,
        products: Sequence[str] = (),
        environments: Sequence[str] = (),
    ) -> str:
        """Write a rule, and return its id."""
        now = self.core.clock()
        row = DeploymentRule(
            id=new_uid(),
            name=name or kind.value,
            type=kind,
            status=status,
            description="",
            products=list(products),
            environments=list(environments),
            config=parse_config(kind, config).model_dump(mode="json"),
            revision=1,
            created_by=ACTOR,
            created_at=now,
            updated_by=ACTOR,
            updated_at=now,
        )
        async with self.core.database.write() as tx:
            tx.add(row)
        return row.id

    def attempt(self, environment: str = PRODUCTION, version: str = V1, **more: Any) -> Attempt:
        """Return an attempt of now."""
        told: dict[str, Any] = {"id": new_uid(), "product": SHOP, "actor": ACTOR}
        told |= {"at": self.core.clock()} | more
        return Attempt(version=version, environment=environment, **told)

    async def verdict(self, attempt: Attempt | None = None) -> RulesVerdict:
        """Ask the rules about an attempt, without recording anything."""
        async with self.core.database.read() as tx:
            return await check_rules(tx, self.core, attempt or self.attempt(), dry_run=True)
