"""Reporting builds and deployments over the API, with an API key and products of a test's own."""

import itertools
from typing import Any

import httpx2

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi

KEY = "sk_acme_k1_0123456789abcdefghijklmnopqrstuv"
SHA = "abc123def456789012345678901234567890abcd"
BUILD: dict[str, Any] = {
    "version": "1.2.3",
    "status": "completed",
    "source_system": "github",
    "build_number": "456",
    "scm_sha": SHA,
    "scm_branch": "main",
    "scm_repository": "myorg/api-service",
    "build_url": "https://github.com/myorg/api-service/actions/runs/456",
    "invoke_id": "456",
    "built_by": "github-actions",
    "built_by_email": "ci@myorg.com",
    "built_by_name": "GitHub Actions",
    "started_at": "2025-10-23T10:00:00Z",
    "completed_at": "2025-10-23T10:05:00Z",
    "extra_metadata": {
        "docker_image": "myorg/api-service:1.2.3",
        "artifacts": ["binary", "docker-image"],
    },
}
"""The seed's example of a build event, without its product."""
DEPLOYMENT: dict[str, Any] = {
    "version": "1.2.3",
    "environment_name": "production",
    "status": "success",
    "source_system": "github",
    "build_number": "456",
    "scm_sha": SHA,
    "scm_repository": "myorg/api-service",
    "build_url": "https://github.com/myorg/api-service/actions/runs/456",
    "invoke_id": "456",
    "deployed_by": "github-actions",
    "deployed_by_email": "deploy@myorg.com",
    "deployed_by_name": "GitHub Actions",
    "completed_at": "2025-10-23T10:10:00Z",
    "extra_metadata": {"deployment_duration_seconds": 120, "rollback_enabled": True},
}
"""The seed's example of a deployment event, without its product."""

_numbers = itertools.count(1)


class Tracker:
    """A served API, an admin, and a tool with an API key."""

    def __init__(self, served: ServedApi) -> None:
        self.served = served
        self.admin = served.caller(Role.ADMIN, subject="root")
        self.tool = self.with_key(KEY)

    async def open(self) -> "Tracker":
        """Make the tool's key count."""
        answer = await self.admin.post("/api-keys/", json={"name": "tool", "key": KEY})
        assert answer.status_code in {201, 409}  # noqa: S101 - tests rely on it
        return self

    def with_key(self, key: str) -> httpx2.AsyncClient:
        """Return a client with this bearer string."""
        client = self.served.caller()
        client.headers["Authorization"] = f"Bearer {key}"
        return client

    def product(self) -> str:
        """Return a name that no other test uses."""
        return f"api-service-{next(_numbers)}"

    def build(self, **changes: Any) -> dict[str, Any]:
        """Return the seed's build event of a new product; a field changed to None is left out."""
        return _changed({"product_name": self.product(), **BUILD}, changes)

    def deployment(self, **changes: Any) -> dict[str, Any]:
        """Return the seed's deployment event of a new product; see build."""
        return _changed({"product_name": self.product(), **DEPLOYMENT}, changes)

    async def report(self, event: dict[str, Any], **headers: str) -> httpx2.Response:
        """Send an event to the route of its kind."""
        kind = "deployment" if "environment_name" in event else "build"
        return await self.tool.post(f"/{kind}-events/", json=event, headers=headers)

    async def accepted(self, event: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Send an event that must be accepted, and return what is answered."""
        answer = await self.report(event, **headers)
        assert answer.status_code == 200, answer.text  # noqa: S101, PLR2004 - tests rely on it
        record: dict[str, Any] = answer.json()
        return record


def _changed(event: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (event | changes).items() if value is not None}
