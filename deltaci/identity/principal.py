"""Who is calling."""

from dataclasses import dataclass

from deltaci.identity.roles import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: whom a trusted issuer says it is, and its roles here."""

    subject: str
    issuer: str
    roles: frozenset[Role]

    def may_act_as(self, *roles: Role) -> bool:
        """Whether the caller has one of these roles; an admin has every role of a person."""
        if Role.ADMIN in self.roles and any(role is not Role.RUNNER for role in roles):
            return True
        return not self.roles.isdisjoint(roles)
