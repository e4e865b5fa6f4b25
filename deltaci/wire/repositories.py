"""Repositories over the API."""

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from deltaci.wire.forges import FullName, Provider, Secret
from deltaci.wire.runs import RepoId
from deltaci.wire.values import OmitsAbsent, StrictRequest, Timestamp, WireModel


class CreateRepository(StrictRequest):
    """`POST /api/v1/repositories`. `url` is a remote URL or, for a local stack, a path.

    With a `provider` the repository is linked to its forge: its webhooks create runs, and its runs
    are reported there.
    """

    repo_id: RepoId
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    default_branch: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "main"
    provider: Provider | None = None
    full_name: FullName | None = None
    """The repository's name on its forge, `owner/name`; without it, what `url` says."""
    webhook_secret: Secret | None = None
    """Another active secret of its webhook, beside those that it has."""
    token: Secret | None = None
    """Reports and fetches, in place of the provider's own credential."""

    @model_validator(mode="after")
    def _is_linked_as_a_whole(self) -> Self:
        rest = {
            "full_name": self.full_name,
            "webhook_secret": self.webhook_secret,
            "token": self.token,
        }
        lonely = [name for name, value in rest.items() if value is not None]
        if self.provider is None and lonely:
            raise ValueError(f"provider is missing: {', '.join(lonely)} makes no sense without it")
        return self


class RepositoryView(OmitsAbsent):
    """A repository that runs can be created for, and where it is on its forge."""

    repo_id: str
    url: str
    default_branch: str
    created_at: Timestamp
    provider: Provider | None = None
    full_name: str | None = None
    webhook_secrets: int | None = None
    """How many are active."""
    has_token: bool | None = None


class RepositoryPage(WireModel):
    """One page of repositories by name; `next_cursor` is null on the last."""

    repositories: list[RepositoryView]
    next_cursor: str | None = None
