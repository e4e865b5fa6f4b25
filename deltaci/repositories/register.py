"""Register a repository that runs can be created for."""

from deltaci.addresses import REFUSED_HOST, AddressRules
from deltaci.core import Core
from deltaci.errors import InvalidRequestError, InvalidStateError, UnavailableError
from deltaci.repositories.link import link_repository
from deltaci.repositories.read import view_of
from deltaci.store import audit
from deltaci.store.repositories import claim_repository, find_repository
from deltaci.store.tables import Repository
from deltaci.wire.repositories import CreateRepository, RepositoryView


async def register_repository(
    core: Core, actor: str, request: CreateRepository
) -> tuple[RepositoryView, bool]:
    """Store the repository; returns it and whether it is new.

    Registering it again unchanged is fine, and so is to link it later. Another address or branch
    under its name is InvalidStateError, and an address that the settings do not allow is
    InvalidRequestError.
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
        is_new = await claim_repository(tx, wanted)
        row = wanted if is_new else await find_repository(tx, request.repo_id)
        if row is None or (row.url, row.default_branch) != (request.url, request.default_branch):
            raise InvalidStateError(f"repository {request.repo_id!r} exists with another address")
        if is_new:
            audit.record(
                tx,
                actor=actor,
                action=audit.Action.REPOSITORY_REGISTERED,
                subject_kind="repository",
                subject_id=wanted.id,
                at=now,
            )
        await link_repository(tx, core, actor, request)
        return await view_of(tx, row), is_new


async def _check_address(core: Core, url: str) -> None:
    try:
        await AddressRules.of(core.settings).check(url)
    except UnavailableError as error:
        # The same words, so that nobody can ask us which names exist inside.
        raise InvalidRequestError(REFUSED_HOST) from error
