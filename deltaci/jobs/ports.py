"""What checking out through the API needs from version control; `deltaci.vcs` provides it."""

from collections.abc import AsyncGenerator
from typing import Protocol


class ServedCommit(Protocol):
    """One commit with its history, as git's smart HTTP protocol hands it out, and nothing else."""

    async def advertise(self) -> bytes:
        """Return the answer to `GET info/refs?service=git-upload-pack`."""
        ...

    def answer(self, request: bytes) -> AsyncGenerator[bytes]:
        """Yield the answer to `POST git-upload-pack`; closing the iterator ends the work on it."""
        ...


class ServableCommits(Protocol):
    """Commits of one repository that can be handed out."""

    async def bring(self, commit_sha: str, ref: str, *, vouched: bool = False) -> None:
        """See `deltaci.runs.ports.Commits`."""
        ...

    async def serve(self, commit_sha: str) -> ServedCommit:
        """Offer a commit that was brought. Raises InvalidRequestError for one that was not."""
        ...


class ServableSource(Protocol):
    """Finds the commits of a repository."""

    def __call__(self, repo_id: str, url: str) -> ServableCommits:
        """Return the commits of the repository at `url`."""
        ...
