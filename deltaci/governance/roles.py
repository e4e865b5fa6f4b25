"""Our roles and those of the DXCP contract: the one table."""

from collections.abc import Iterable, Mapping

from deltaci.identity.roles import APPROVER_ROLES, Role
from deltaci.wire.governance import ContractRole

CONTRACT_ROLES: Mapping[Role, ContractRole] = {
    Role.ADMIN: ContractRole.PLATFORM_ADMIN,
    Role.DELIVERY_OWNER: ContractRole.DELIVERY_OWNER,
    Role.DEVELOPER: ContractRole.OBSERVER,
    Role.OBSERVER: ContractRole.OBSERVER,
    Role.CI_PUBLISHER: ContractRole.CI_PUBLISHER,
    **dict.fromkeys(APPROVER_ROLES, ContractRole.OBSERVER),
}
"""What our roles are there; a runner is nobody."""


def contract_roles(roles: Iterable[Role]) -> list[ContractRole]:
    """Return what a caller is in the contract, the highest first: that one counts."""
    held = {CONTRACT_ROLES[role] for role in roles if role in CONTRACT_ROLES}
    return [role for role in ContractRole if role in held]
