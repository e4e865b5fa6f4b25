"""Repositories over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from deltaci.client.errors import ApiRefusedError
from deltaci.client.shapes import Repository, RepositoryPage
from deltaci.client.transport import Request, Transport, segment

REPOSITORIES = "/api/v1/repositories"


@dataclass(frozen=True, slots=True)
class ForgeLink:
    """Where a repository is on its forge; empty values are left out."""

    provider: str
    full_name: str = ""
    """`owner/name`; by default what the address says."""
    webhook_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def fields(self) -> dict[str, str]:
        """What is sent of it."""
        values = {
            "provider": self.provider,
            "full_name": self.full_name,
            "webhook_secret": self.webhook_secret,
            "token": self.token,
        }
        return {name: value for name, value in values.items() if value}


class Repositories:
    """Register and read repositories."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self,
        repo_id: str,
        url: str,
        default_branch: str = "main",
        *,
        link: ForgeLink | None = None,
    ) -> Repository:
        """Register a repository; one that is registered with the same values is returned.

        With a link its forge's webhooks create runs, also of one that is registered already.
        """
        wanted = {"repo_id": repo_id, "url": url, "default_branch": default_branch}
        body = wanted | (link.fields if link else {})
        try:
            answer = self._transport.fetch(Request("POST", REPOSITORIES, body=body))
        except ApiRefusedError:
            existing = None if link else self._find(repo_id)
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
