"""The DXCP contract (seed «CI Build Registration Overview»): `/v1`."""

from api.contracts.contract import Contract
from api.contracts.dxcp_errors import refuse
from api.routers.dxcp import (
    admin,
    audit,
    builds,
    catalog,
    deployments,
    engine_callbacks,
    environments,
    groups,
    health,
    identity,
    insights,
    policy,
    promotions,
    proofs,
    publishers,
    recipes,
    routing,
    services,
)
from deltaci.settings import Settings

PREFIX = "/v1"
NOUNS = (
    *(builds, services, identity, publishers, admin, audit, health),
    *(engine_callbacks, deployments, proofs, promotions, policy, insights),
    *(environments, groups, recipes, routing, catalog),
)


def dxcp(settings: Settings) -> Contract:
    """Return the contract; its limits are the settings'."""
    return Contract(
        name="DXCP",
        prefixes=(PREFIX,),
        routers=[module.router for module in NOUNS],
        refuse=refuse,
        body_max_bytes=settings.request_max_bytes,
        never_answers=frozenset({"422"}),  # an invalid request is 400 here
    )
