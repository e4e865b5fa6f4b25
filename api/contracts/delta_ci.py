"""The Delta CI contract (seed «API Contracts»): `/api/v1`, health, and every path of no other."""

from api.contracts.contract import Contract
from api.contracts.delta_ci_errors import refuse
from api.routers import (
    checkout,
    health,
    internal,
    reports,
    repositories,
    runner,
    runs,
    tokens,
    webhooks,
)
from deltaci.settings import Settings
from deltaci.webhooks.receive import ALIASES
from deltaci.wire.forges import Provider

PREFIX = "/api/v1"
NOUNS = (runner, webhooks, runs, repositories, reports, tokens, internal, checkout, health)
"""Looked through in this order for each request: first what machines call most."""
PROVIDERS = (*Provider, *ALIASES)


def delta_ci(settings: Settings) -> Contract:
    """Return the contract; its limits are the settings'."""
    return Contract(
        name="Delta CI",
        prefixes=(PREFIX,),
        routers=[module.router for module in NOUNS],
        refuse=refuse,
        body_max_bytes=settings.request_max_bytes,
        larger_bodies={
            f"{PREFIX}/internal/logs": settings.log_chunk_max_bytes,
            f"{PREFIX}/internal/artifacts": settings.artifact_chunk_max_bytes,
            **{f"{PREFIX}/webhooks/{each}": settings.webhook_max_bytes for each in PROVIDERS},
        },
        never_answers=frozenset({"422"}),  # an invalid request is 400 here
    )
