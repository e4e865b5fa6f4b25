"""What a caller's role, and its place among the owners, let it do with a service."""

from deltaci.core import Core
from deltaci.deployments.asker import asker_of, is_owner, owners_of
from deltaci.identity.principal import Principal
from deltaci.store.placements import group_of
from deltaci.wire.deployment_views import AllowedActions
from deltaci.wire.governance import ContractRole


async def allowed_actions(core: Core, caller: Principal, service: str) -> AllowedActions:
    """Return the actions; a CI publisher has none."""
    asker = asker_of(caller)
    async with core.database.read() as tx:
        group = await group_of(tx, service)
    owns = group is not None and is_owner(asker, owners_of(group.owner))
    acts = asker.role is ContractRole.PLATFORM_ADMIN or (
        asker.role is ContractRole.DELIVERY_OWNER and owns
    )
    sees = acts or asker.role is ContractRole.OBSERVER
    actions = {"view": sees, "deploy": acts, "promote": acts, "rollback": acts, "cancel": acts}
    return AllowedActions(service=service, role=asker.role or "", actions=actions)
