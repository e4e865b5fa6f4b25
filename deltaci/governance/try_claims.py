"""Tell an admin which publisher admits a token's claims, and why others do not."""

from deltaci.core import Core
from deltaci.governance.matching import Claims, admits, match, unmet
from deltaci.governance.publishers import list_publishers
from deltaci.wire.governance import PublisherTrial, PublisherVerdict, TryClaims


async def try_claims(core: Core, request: TryClaims) -> PublisherTrial:
    """Compare claims with each publisher that counts now; nothing is verified or kept."""
    audiences = [request.aud] if isinstance(request.aud, str) else request.aud
    claims = Claims(
        iss=request.iss,
        sub=request.sub,
        aud=frozenset(audiences),
        azp=request.azp or "",
        email=request.email or "",
    )
    publishers = (await list_publishers(core)).publishers
    found = match(publishers, claims)
    return PublisherTrial(
        ci_publisher=found.name if found else None,
        publishers=[
            PublisherVerdict(
                name=publisher.name,
                matches=admits(publisher, claims),
                unmet=unmet(publisher, claims),
            )
            for publisher in publishers
        ],
    )
