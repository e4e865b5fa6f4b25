"""People who sign things off, as use cases see them."""

from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role


def person(name: str, *roles: Role) -> Principal:
    """Return somebody with these roles."""
    return Principal(name, OUR_ISSUER, frozenset(roles))


ROOT = person("root", Role.ADMIN)
QUINN = person("quinn", Role.QA)
RITA = person("rita", Role.RELEASE_MANAGER)
SAM = person("sam", Role.SECURITY)
DEV = person("dev", Role.DEVELOPER)
