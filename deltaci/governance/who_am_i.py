"""Tell a caller who it is here."""

from deltaci.core import Core
from deltaci.governance.claims import claims_of
from deltaci.governance.publishers import publisher_of
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.wire.governance import WhoAmI


async def who_am_i(core: Core, caller: Principal) -> WhoAmI:
    """Show a caller, which has a role of the contract, its claims and what follows from them."""
    claims = claims_of(caller)
    roles = contract_roles(caller.roles)
    audiences = sorted(claims.aud)
    return WhoAmI(
        actor_id=caller.id,
        sub=claims.sub,
        email=claims.email or None,
        iss=claims.iss,
        aud=audiences[0] if len(audiences) == 1 else audiences,
        azp=claims.azp or None,
        role=roles[0],
        roles=roles,
        ci_publisher=await publisher_of(core, caller),
    )
