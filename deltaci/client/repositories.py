"""Repositories over HTTP."""

from collections.abc import Iterator
from typing import cast

from deltaci.client.errors import ApiRefusedError
from deltaci.client.shapes import Repository, RepositoryPage
from deltaci.client.transport import Request, Transport, segment

REPOSITORIES = "/api/v1/repositories"


class Repositories:
    """Register and read repositories."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(self, repo_id: str, url: str, default_branch: str = "main") -> Repository:
        """Register a repository; one that is registered with the same values is returned."""
        wanted = {"repo_id": repo_id, "url": url, "default_branch": default_branch}
        try:
            answer = self._transport.fetch(Request("POST", REPOSITORIES, body=wanted))
        except ApiRefusedError:
            existing = self._find(repo_id)
            if existing is None or not wanted.items() <= existing.items():
                raise
            return existing
        return cast("Repository", answer)

    def get(self, repo_id: str) -> Repository:
        """One repository."""
        # The server takes the name's slashes as they are.
        path = "/".join([REPOSITORIES, *map(segment, repo_id.split("/"))])
        return cast("Repository", self._transport.fetch(Request("GET", path)))

    def all(self) -> Iterator[Repository]:
        """Every repository by name."""
        cursor: str | None = ""
        while cursor is not None:
            request = Request("GET", REPOSITORIES, {"cursor": cursor})
            page = cast("RepositoryPage", self._transport.fetch(request))
            yield from page["repositories"]
            cursor = page.get("next_cursor")

    def _find(self, repo_id: str) -> Repository | None:
        try:
            return self.get(repo_id)
        except ApiRefusedError:
            return None
