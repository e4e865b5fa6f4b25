"""Who owns a delivery group."""

from deltaci.identity.principal import Principal
from deltaci.store.tables import DeliveryGroup


def owners_of(group: DeliveryGroup) -> frozenset[str]:
    """Return its owners' e-mail addresses, in lower case."""
    listed = (address.strip().lower() for address in group.owner.split(","))
    return frozenset(address for address in listed if address)


def owned_by(group: DeliveryGroup, caller: Principal) -> bool:
    """Whether the caller's e-mail address is one of its owners'."""
    return bool(caller.email) and caller.email.lower() in owners_of(group)
