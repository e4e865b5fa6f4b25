"""Callers as the gates see them, and as a deployment remembers them."""

from typing import Any

from deltaci.deployments.question import Asker
from deltaci.governance.claims import actor_of
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role
from deltaci.wire.governance import ContractRole

AUTOMATIC = "delta-ci"
"""Who asks for automatic rollbacks."""


def asker_of(caller: Principal) -> Asker:
    """Return what the gates need to know of a caller."""
    return Asker(
        id=caller.id,
        role=next(iter(contract_roles(caller.roles)), None),
        roles=frozenset(role.value for role in caller.roles),
        email=caller.email.lower(),
    )


def is_owner(asker: Asker, owners: frozenset[str]) -> bool:
    """Whether a group's owners name the caller: by e-mail address, or by what it is called here."""
    return not owners.isdisjoint({asker.email, asker.id.lower()} - {""})


def owners_of(text: str) -> frozenset[str]:
    """Read a group's owners, which commas separate."""
    return frozenset(part.strip().lower() for part in text.split(",") if part.strip())


def may_see(asker: Asker, owners: frozenset[str]) -> bool:
    """Whether a caller may read the deployments of a group with these owners (spec §2.5)."""
    if asker.role is ContractRole.DELIVERY_OWNER:
        return is_owner(asker, owners)
    return asker.role in {ContractRole.PLATFORM_ADMIN, ContractRole.OBSERVER}


def identity_of(caller: Principal) -> dict[str, Any]:
    """Return what a deployment remembers of who asked for it (spec §3.1)."""
    said = actor_of(caller)
    return {
        "actorId": caller.id,
        "role": said["actor_role"],
        "email": said["actor_email"],
        "sub": said["actor_sub"],
        "azp": said["actor_azp"],
    }


def may_override(asker: Asker, override_roles: tuple[str, ...]) -> bool:
    """Whether a caller has one of the roles that an override needs; an admin has all."""
    return Role.ADMIN in asker.roles or not asker.roles.isdisjoint(override_roles)
