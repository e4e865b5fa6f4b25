"""Register a repository that was first seen in a signed delivery."""

import structlog
from pydantic import ValidationError

from deltaci.core import Core
from deltaci.errors import DeltaError
from deltaci.repositories.register import register_repository
from deltaci.vcs.port import Delivery, Forge
from deltaci.wire.repositories import CreateRepository

log = structlog.get_logger(__name__)

DEFAULT_BRANCH = "main"


async def auto_register(core: Core, forge: Forge, delivery: Delivery) -> None:
    """Register the repository that the delivery is about, under its name on the forge.

    Its address is made of the forge's own and the name, so a delivery cannot lead us elsewhere. A
    name that is taken, or that no repository can have here, stays unregistered; the log says why.
    """
    try:
        request = CreateRepository(
            repo_id=delivery.full_name,
            url=forge.clone_url(delivery.full_name),
            default_branch=_default_branch(delivery),
            provider=forge.provider,
            full_name=delivery.full_name,
        )
        await register_repository(core, f"{forge.provider}:webhook", request)
    except ValidationError:
        log.warning("repository_not_registered", provider=forge.provider, why="odd name")
    except DeltaError as error:
        log.warning("repository_not_registered", provider=forge.provider, why=error.message)


def _default_branch(delivery: Delivery) -> str:
    for key in ("repository", "project"):
        about = delivery.payload.get(key)
        branch = about.get("default_branch") if isinstance(about, dict) else None
        if isinstance(branch, str) and branch:
            return branch
    return DEFAULT_BRANCH
