"""What a caller's token says of it, as publishers ask for it and audit events keep it."""

from deltaci.governance.matching import Claims
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal


def claims_of(caller: Principal) -> Claims:
    """Return the caller's claims; what its token does not say is empty."""
    return Claims(
        iss=caller.issuer,
        sub=caller.subject,
        aud=caller.audiences,
        azp=caller.azp,
        email=caller.email,
    )


def actor_of(caller: Principal) -> dict[str, str | None]:
    """Return what the contract has an audit event say of who did it."""
    claims = claims_of(caller)
    return {
        "actor_role": next(iter(contract_roles(caller.roles)), None),
        "actor_sub": claims.sub,
        "actor_email": claims.email or None,
        "actor_azp": claims.azp or None,
    }
