"""What a caller's token says of it, as publishers ask for it."""

from deltaci.governance.matching import Claims
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
