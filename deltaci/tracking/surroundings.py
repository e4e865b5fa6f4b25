"""What is known of everything that a batch of events is about, read in a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deltaci.catalog.environment_type import environment_type
from deltaci.core import Core
from deltaci.states import TrackingStatus
from deltaci.store.database import Transaction
from deltaci.store.natural_keys import (
    VersionKey,
    ensure_environments,
    ensure_versions,
    hold_products,
)
from deltaci.store.rules import gated_among
from deltaci.store.tables import Build, Deployment, Environment, Product, Version
from deltaci.store.tracking import Place, Target, open_builds, open_deployments, running_in
from deltaci.store.tracking_writes import TrackingWrites
from deltaci.tracking.change import Ran
from deltaci.tracking.report import Report
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent


@dataclass(frozen=True, slots=True)
class Subject:
    """What one event is about."""

    product: Product
    version: Version
    environment: Environment | None


@dataclass(slots=True)
class Surroundings:
    """All of it, for one transaction. What events change is put in here at once."""

    tx: Transaction
    core: Core
    now: datetime
    products: dict[str, Product]
    versions: dict[VersionKey, Version]
    environments: dict[str, Environment]
    builds: dict[str, list[Build]] = field(default_factory=lambda: defaultdict(list))
    """Those that have not ended, newest first, by version."""
    deployments: dict[Target, list[Deployment]] = field(default_factory=lambda: defaultdict(list))
    """The same, by version and environment."""
    running: dict[Place, Ran] = field(default_factory=dict)
    """What completed last, where an event tells that something did."""
    gated: set[str] = field(default_factory=set)
    """Products whose deployments any rule may gate."""
    writes: TrackingWrites = field(init=False)

    def __post_init__(self) -> None:
        self.writes = TrackingWrites(self.tx)

    async def write(self) -> None:
        """Write what events changed so far, so that statements see it."""
        await self.writes.write(self.now)

    def subject(self, event: BuildEvent | DeploymentEvent) -> Subject:
        """Return what an event is about."""
        name = event.environment_name if isinstance(event, DeploymentEvent) else None
        return Subject(
            product=self.products[event.product_name],
            version=self.versions[event.product_name, event.version],
            environment=self.environments[name] if name is not None else None,
        )


async def look_around(
    tx: Transaction, core: Core, reports: Sequence[Report], now: datetime
) -> Surroundings:
    """Make known what these events name, hold their products, and read what is open."""
    first = list(reversed(reports))  # of several that name the same, the first one makes it
    products = await hold_products(tx, {r.event.product_name: r.caller for r in first}, now)
    makers = {(r.event.product_name, r.event.version): r.caller for r in first}
    versions = await ensure_versions(tx, dict(reversed(makers.items())), now)
    deployments = [(r, r.event) for r in first if isinstance(r.event, DeploymentEvent)]
    environments = await ensure_environments(
        tx,
        {
            event.environment_name: (r.caller, environment_type(event.environment_name))
            for r, event in deployments
        },
        now,
    )
    around = Surroundings(tx, core, now, products, versions, environments)
    await _read_open(around, reports)
    return around


async def _read_open(around: Surroundings, reports: Sequence[Report]) -> None:
    version_id = {id(r): around.versions[r.event.product_name, r.event.version].id for r in reports}
    builds = {version_id[id(r)] for r in reports if isinstance(r.event, BuildEvent)}
    for build in await open_builds(around.tx, builds):
        around.builds[build.version_id].append(build)
    told = [(r, r.event) for r in reports if isinstance(r.event, DeploymentEvent)]
    places = {(event.product_name, event.environment_name) for _, event in told}
    ids = {version_id[id(r)] for r, _ in told}
    for row in await open_deployments(around.tx, places, ids):
        around.deployments[row.version_id, row.environment].append(row)
    around.gated |= await gated_among(around.tx, {product for product, _ in places})
    done = {
        (event.product_name, event.environment_name)
        for _, event in told
        if event.canonical is TrackingStatus.COMPLETED
    }
    around.running |= {
        place: Ran(version.version, (version.created_at, version.id), deployed_at)
        for place, (version, deployed_at) in (await running_in(around.tx, done)).items()
    }
