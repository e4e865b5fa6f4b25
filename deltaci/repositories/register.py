"""Register a repository that runs can be created for."""

from deltaci.addresses import REFUSED_HOST, AddressRules
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, UnavailableError
from deltaci.repositories.read import view_of
from deltaci.store import audit
from deltaci.store.repositories import claim_repository, find_repository
from deltaci.store.tables import Repository
from deltaci.wire.repositories import CreateRepository, RepositoryView


async def register_repository(
    core: Core, actor: str, request: CreateRepository
) -> tuple[RepositoryView, bool]:
    """Store the repository; returns it and whether it is new.

    Registering it again unchanged is fine; another address or branch under its name is
    InvalidStateError, and an address that the settings do not allow is InvalidRequestError.
    """
    await _check_address(core, request.url)
    now = core.clock()
    wanted = Repository(
        id=request.repo_id,
        url=request.url,
        default_branch=request.default_branch,
        created_by=actor,
        created_at=now,
    )
    async with core.database.write() as tx:
        if await claim_repository(tx, wanted):
            audit.record(
                tx,
                actor=actor,
                action=audit.Action.REPOSITORY_REGISTERED,
                subject_kind="repository",
                subject_id=wanted.id,
                at=now,
            )
            return view_of(wanted), True
        existing = await find_repository(tx, request.repo_id)
    if existing is None or (existing.url, existing.default_branch) != (
        request.url,
        request.default_branch,
    ):
        raise InvalidStateError(f"repository {request.repo_id!r} exists with another address")
    return view_of(existing), False


async def _check_address(core: Core, url: str) -> None:
    try:
        await AddressRules.of(core.settings).check(url)
    except UnavailableError as error:
        # The same words, so that nobody can ask us which names exist inside.
        raise InvalidRequestError(REFUSED_HOST) from error
