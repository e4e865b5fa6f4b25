"""Registering builds over the API, in services of the test's own."""

import itertools
from typing import Any

import httpx2

from deltaci.identity.principal import OUR_ISSUER
from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi

PUBLISHER = "pipelines"
CI_PREFIX = "ci-"
LIMITS = {"read_rpm": 5000, "mutate_rpm": 5000, "daily_quota_build_register": 5000}
GIT_SHA = "4bf92f3577b34da6a3ce929d0e0e4736aaaaaaaa"

_numbers = itertools.count(1)


class Registrar:
    """A served API whose CI publishers are the subjects that begin with `ci-`."""

    def __init__(self, served: ServedApi) -> None:
        self.served = served
        self.admin = served.caller(Role.ADMIN, subject="root")
        self.ci = self.publisher("ci-main")

    def publisher(self, subject: str) -> httpx2.AsyncClient:
        """Return a client of a CI publisher."""
        return self.served.caller(Role.CI_PUBLISHER, subject=subject)

    async def open(self) -> "Registrar":
        """Let the publishers in, and often."""
        publisher = {
            "name": PUBLISHER,
            "issuers": [OUR_ISSUER],
            "subject_prefixes": [CI_PREFIX],
        }
        await self.put("ci-publishers", {"publishers": [publisher]})
        await self.put("rate-limits", LIMITS)
        return self

    async def put(self, setting: str, value: dict[str, Any]) -> None:
        """Change what admins can."""
        answer = await self.admin.put(
            f"/v1/admin/system/{setting}",
            json=value,
            headers={"Idempotency-Key": f"key-{next(_numbers)}"},
        )
        answer.raise_for_status()

    async def service(self, *sources: str) -> str:
        """Make a service known that no other test uses."""
        name = f"shop-{next(_numbers)}"
        body = {"service_name": name, "allowed_artifact_sources": list(sources)}
        (await self.admin.post("/v1/services", json=body)).raise_for_status()
        return name

    async def build(self, **changes: Any) -> dict[str, Any]:
        """Return a request to register a build, of a new service unless one is given.

        A field that is changed to None is left out.
        """
        service = changes.get("service") or await self.service()
        body = {
            "service": service,
            "version": "1.2.3",
            "artifactRef": f"s3://artifacts/{service}/{service}-1.2.3.zip",
            "git_sha": GIT_SHA,
            "git_branch": "main",
            "ci_provider": "github",
            "ci_run_id": "4711",
            "built_at": "2026-02-27T00:00:00Z",
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    async def register(
        self,
        build: dict[str, Any],
        key: str | None = None,
        caller: httpx2.AsyncClient | None = None,
    ) -> httpx2.Response:
        """Ask to register a build, by default with a key that no other call has."""
        headers = {"Idempotency-Key": f"key-{next(_numbers)}" if key is None else key}
        client = self.ci if caller is None else caller
        return await client.post("/v1/builds/register", json=build, headers=headers)
