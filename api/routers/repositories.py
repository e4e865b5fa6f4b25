"""Repositories: register, list, read."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response, status

from api import examples
from api.answers import LIMIT_DEFAULT, Cursor, Limit, Storable, errors
from api.auth import CanRead, CanRegister
from api.state import TheCore
from deltaci.repositories.read import list_repositories, read_repository
from deltaci.repositories.register import register_repository
from deltaci.wire.repositories import CreateRepository, RepositoryPage, RepositoryView

router = APIRouter(prefix="/api/v1/repositories", tags=["repositories"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=errors(409, 413))
async def register(
    core: TheCore,
    caller: CanRegister,
    request: Annotated[CreateRepository, Body(examples=[examples.CREATE_REPOSITORY])],
    response: Response,
) -> RepositoryView:
    """Register a repository; doing so again with the same address is fine (200).

    With a `provider` it is linked with its forge as well, now or by repeating this later.
    """
    view, is_new = await register_repository(core, caller.id, request)
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return view


@router.get("", responses=errors())
async def list_(
    core: TheCore, _caller: CanRead, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = ""
) -> RepositoryPage:
    """List repositories by name."""
    return await list_repositories(core, limit=limit, cursor=cursor)


@router.get("/{repo_id:path}", responses=errors(404))
async def read(
    core: TheCore, _caller: CanRead, repo_id: Annotated[str, Path(max_length=200), Storable]
) -> RepositoryView:
    """Read a repository."""
    return await read_repository(core, repo_id)
