"""Whose deployments a caller may look at and act upon (spec §2.5, enforced everywhere: §6.9)."""

from deltaci.deployments.asker import asker_of, is_owner, may_see, owners_of
from deltaci.deployments.refusals import NotOfGroupError
from deltaci.errors import NotFoundError
from deltaci.identity.principal import Principal
from deltaci.store.database import Transaction
from deltaci.store.deployments import Ours, find_deployment, hold_deployment
from deltaci.store.tables import DeliveryGroup
from deltaci.wire.governance import ContractRole


async def require_sight(tx: Transaction, caller: Principal, deployment_id: str) -> Ours:
    """Return a deployment that the caller may read. Raises NotFoundError, NotOfGroupError."""
    ours = await find_deployment(tx, deployment_id)
    if ours is None:
        raise NotFoundError(f"no deployment {deployment_id!r}")
    if not may_see(asker_of(caller), await _owners(tx, ours)):
        raise NotOfGroupError(delivery_group_id=ours.intent.group_id)
    return ours


async def hold_own(tx: Transaction, caller: Principal, deployment_id: str) -> Ours:
    """Hold a deployment that the caller may act upon. Raises NotFoundError, NotOfGroupError."""
    ours = await hold_deployment(tx, deployment_id)
    if ours is None:
        raise NotFoundError(f"no deployment {deployment_id!r}")
    asker = asker_of(caller)
    if asker.role is not ContractRole.PLATFORM_ADMIN and not is_owner(
        asker, await _owners(tx, ours)
    ):
        raise NotOfGroupError(delivery_group_id=ours.intent.group_id)
    return ours


async def _owners(tx: Transaction, ours: Ours) -> frozenset[str]:
    group = await tx.get(DeliveryGroup, ours.intent.group_id)
    return owners_of(group.owner) if group else frozenset()
