"""Read deployments: one, its failures, its timeline and who approved of it, and lists."""

from collections.abc import Sequence

from deltaci.core import Core
from deltaci.deployments.asker import asker_of, is_owner, owners_of
from deltaci.deployments.scope import require_sight
from deltaci.deployments.view import failures_of, view_of
from deltaci.identity.principal import Principal
from deltaci.store.deployment_records import approvals_of, moments_of
from deltaci.store.deployments import DeploymentFilter, all_groups, list_deployments
from deltaci.store.tables import DeploymentMoment
from deltaci.wire.deployment_views import (
    ApprovalView,
    DeploymentView,
    FailureView,
    TimelineEvent,
)
from deltaci.wire.governance import ContractRole

MOMENTS = {
    "canceled": "failed",
}
"""Keys of the contract for moments that it has no key of its own for (spec §3.7)."""


async def list_visible(
    core: Core, caller: Principal, wanted: DeploymentFilter, *, limit: int, cursor: str
) -> tuple[list[DeploymentView], str | None]:
    """Return one page, newest first; a delivery owner sees those of its own groups only."""
    asker = asker_of(caller)
    async with core.database.read() as tx:
        if asker.role is ContractRole.DELIVERY_OWNER:
            groups = await all_groups(tx)
            own = [each.id for each in groups if is_owner(asker, owners_of(each.owner))]
            wanted = DeploymentFilter(wanted.service, wanted.environment, wanted.state, own)
        rows, next_cursor = await list_deployments(tx, wanted, limit=limit, cursor=cursor)
    return [view_of(ours, asker) for ours in rows], next_cursor


async def read_deployment(core: Core, caller: Principal, deployment_id: str) -> DeploymentView:
    """Read a deployment. Raises NotFoundError, NotOfGroupError."""
    async with core.database.read() as tx:
        return view_of(await require_sight(tx, caller, deployment_id), asker_of(caller))


async def read_failures(core: Core, caller: Principal, deployment_id: str) -> list[FailureView]:
    """Read why a deployment failed; empty if it did not."""
    async with core.database.read() as tx:
        return failures_of(await require_sight(tx, caller, deployment_id))


async def read_timeline(core: Core, caller: Principal, deployment_id: str) -> list[TimelineEvent]:
    """Read what has happened to a deployment, in order, as it was recorded."""
    async with core.database.read() as tx:
        await require_sight(tx, caller, deployment_id)
        return [_event(moment) for moment in await moments_of(tx, deployment_id)]


async def read_approvals(
    core: Core, caller: Principal, deployment_id: str
) -> Sequence[ApprovalView]:
    """Read who approved of a deployment, or rejected it."""
    async with core.database.read() as tx:
        await require_sight(tx, caller, deployment_id)
        return [
            ApprovalView(
                actor=vote.actor,
                role=vote.approver_role,
                verdict=vote.verdict,
                comments=vote.comments,
                at=vote.at,
            )
            for vote in await approvals_of(tx, deployment_id)
        ]


def _event(moment: DeploymentMoment) -> TimelineEvent:
    """The contract knows no canceled; what follows a colon tells moments of one kind apart."""
    kind = moment.key.partition(":")[0]
    return TimelineEvent(
        key=MOMENTS.get(kind, kind),
        label=kind.replace("_", " ").replace("-", " ").capitalize(),
        occurredAt=moment.at,
        actor=moment.actor,
        detail={name: value for name, value in moment.details.items() if value not in {"", None}},
    )
