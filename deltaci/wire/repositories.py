"""Repositories over the API."""

from typing import Annotated

from pydantic import StringConstraints

from deltaci.wire.runs import RepoId
from deltaci.wire.values import StrictRequest, Timestamp, WireModel


class CreateRepository(StrictRequest):
    """`POST /api/v1/repositories`. `url` is a remote URL or, for a local stack, a path."""

    repo_id: RepoId
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    default_branch: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "main"


class RepositoryView(WireModel):
    """A repository that runs can be created for."""

    repo_id: str
    url: str
    default_branch: str
    created_at: Timestamp


class RepositoryPage(WireModel):
    """One page of repositories by name; `next_cursor` is null on the last."""

    repositories: list[RepositoryView]
    next_cursor: str | None = None
