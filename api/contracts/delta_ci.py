"""The Delta CI contract (seed «API Contracts»): `/api/v1`, health, and every path of no other."""

from api.contracts.contract import Contract
from api.contracts.delta_ci_errors import refuse
from api.routers import health, internal, repositories, runner, runs, tokens
from deltaci.settings import Settings

PREFIX = "/api/v1"


def delta_ci(settings: Settings) -> Contract:
    """Return the contract; its limits are the settings'."""
    return Contract(
        name="Delta CI",
        prefixes=(PREFIX,),
        routers=[
            module.router for module in (runs, repositories, tokens, internal, runner, health)
        ],
        refuse=refuse,
        body_max_bytes=settings.request_max_bytes,
        larger_bodies={
            f"{PREFIX}/internal/logs": settings.log_chunk_max_bytes,
            f"{PREFIX}/internal/artifacts": settings.artifact_chunk_max_bytes,
        },
        never_answers=frozenset({"422"}),  # an invalid request is 400 here
    )
