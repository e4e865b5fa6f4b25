"""What runs in an environment now, and whether it can go on to the next one."""

from deltaci.core import Core
from deltaci.deployments import gates_of_places as places
from deltaci.deployments import gates_of_time as time
from deltaci.deployments.asker import asker_of, may_see, owners_of
from deltaci.deployments.gates import GATES, judge
from deltaci.deployments.gather import gather
from deltaci.deployments.question import Asker, Question
from deltaci.deployments.view import view_of
from deltaci.identity.principal import Principal
from deltaci.store.database import Transaction
from deltaci.store.deployment_history import current_of, newest_ours
from deltaci.store.deployment_locks import pin_of
from deltaci.store.deployments import find_deployment
from deltaci.store.placements import Placement, environments_in_order, find_placement
from deltaci.store.tables import EnvironmentPin
from deltaci.wire.deployment_views import (
    DeliveryStatus,
    DeploymentView,
    PinView,
    PromotionCandidate,
    RunningView,
)
from deltaci.wire.deployments import Change, DeploymentKind

NOT_OF_THE_CALLER = frozenset({places.role, places.scope, time.approval})
GATES_OF_CANDIDATES = tuple(gate for gate in GATES if gate not in NOT_OF_THE_CALLER)
"""Whether a version can go on does not depend on who looks."""


async def read_running(core: Core, service: str, environment: str) -> RunningView | None:
    """Return what runs there; None when nothing is known to."""
    async with core.database.read() as tx:
        return await _running(tx, core, service, environment)


async def read_delivery_status(
    core: Core, caller: Principal, service: str, environment: str
) -> DeliveryStatus:
    """Return how a service fares in an environment; empty where its group may not deploy."""
    async with core.database.read() as tx:
        placement = await find_placement(tx, service, environment)
        if placement.group is None or not placement.is_allowed:
            return DeliveryStatus(
                service=service,
                environment=environment,
                hasDeployments=False,
                latest=None,
                currentRunning=None,
                promotionCandidate=None,
            )
        latest = await newest_ours(tx, service, environment)
        running = await _running(tx, core, service, environment)
        return DeliveryStatus(
            service=service,
            environment=environment,
            hasDeployments=latest is not None or running is not None,
            latest=await _shown(tx, caller, placement, latest),
            currentRunning=running,
            promotionCandidate=await _candidate(tx, core, placement, running),
            pin=_pin(await pin_of(tx, service, environment)),
        )


async def _shown(
    tx: Transaction, caller: Principal, placement: Placement, latest_id: str | None
) -> DeploymentView | None:
    """Show the newest deployment to whoever may read it."""
    ours = await find_deployment(tx, latest_id) if latest_id else None
    asker = asker_of(caller)
    owners = owners_of(placement.group.owner) if placement.group else frozenset()
    return view_of(ours, asker) if ours and may_see(asker, owners) else None


async def _running(
    tx: Transaction, core: Core, service: str, environment: str
) -> RunningView | None:
    row = await current_of(tx, service, environment)
    if row is None:
        return None
    ours = await find_deployment(tx, row.id)
    reported = DeploymentKind.ROLL_FORWARD
    if row.change is Change.ROLLBACK:
        reported = DeploymentKind.ROLLBACK
    return RunningView(
        service=service,
        environment=environment,
        version=row.version,
        deploymentId=row.id,
        deploymentKind=ours.intent.kind if ours else reported,
        derivedAt=core.clock(),
    )


async def _candidate(
    tx: Transaction, core: Core, placement: Placement, running: RunningView | None
) -> PromotionCandidate:
    assert placement.group is not None  # noqa: S101 - the caller has looked
    assert placement.environment is not None  # noqa: S101 - as above
    order = [stage.environment.id for stage in await environments_in_order(tx, placement.group)]
    source = placement.environment.id
    if source not in order:
        return PromotionCandidate(eligible=False, reason="PROMOTION_SOURCE_NOT_CONFIGURED")
    if source == order[-1]:
        return PromotionCandidate(eligible=False, reason="PROMOTION_AT_HIGHEST_ENVIRONMENT")
    if running is None:
        return PromotionCandidate(eligible=False, reason="PROMOTION_NO_SUCCESSFUL_SOURCE_VERSION")
    target = order[order.index(source) + 1]
    question = Question(
        kind=DeploymentKind.PROMOTE,
        asker=Asker("", role=None),
        service=running.service,
        environment=target,
        version=running.version,
        source_environment=source,
    )
    facts = (await gather(tx, core, question, dry_run=True)).facts
    refusals = judge(question, facts, GATES_OF_CANDIDATES).refusals
    return PromotionCandidate(
        eligible=not refusals,
        source_environment=source,
        target_environment=target,
        version=running.version,
        recipeId=facts.routed_recipe_id,
        reason=refusals[0].code if refusals else None,
    )


def _pin(row: EnvironmentPin | None) -> PinView | None:
    if row is None:
        return None
    return PinView(
        version=row.version,
        deploymentId=row.deployment_id,
        reason=row.reason,
        pinnedBy=row.pinned_by,
        pinnedAt=row.pinned_at,
    )
