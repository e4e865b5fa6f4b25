"""Registered builds over HTTP (the DXCP contract's `/v1`)."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from deltaci.client.dxcp_shapes import Build, BuildPage, Provenance
from deltaci.client.errors import ApiRefusedError
from deltaci.client.transport import Answer, Request, Transport, segment

BUILDS = "/v1/builds"
REGISTER = f"{BUILDS}/register"
METADATA = frozenset({"commit_url", "run_url"})
WORTH_A_FALLBACK = frozenset({"INVALID_REQUEST", "INVALID_BUILD_REGISTRATION", "INVALID_URL"})
"""What servers of the contract say of a request that may pass without its `METADATA`."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered build, and how it came to be."""

    build: Build
    replayed: str
    """`true`, `false`, or `missing` when the server did not say."""
    has_metadata: bool
    """Whether the request that counted carried `commit_url` or `run_url`."""


def default_key(ci_provider: str, ci_run_id: str, service: str, version: str) -> str:
    """Return the key that the contract has for GitHub, and none for other providers."""
    is_github = ci_provider.lower() == "github"
    return f"github-{ci_run_id}-{service}-{version}" if is_github else ""


class Builds:
    """Register builds (role `ci_publisher`, and a listed publisher), and read them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def register(self, build: Mapping[str, Any], key: str, *, fallback: bool = True) -> Registered:
        """Register a build. The same `key` never registers two.

        With `fallback`, one that is refused as invalid is sent once more without `METADATA`.
        """
        try:
            answer = self._post(build, key)
        except ApiRefusedError as refusal:
            if not fallback or not METADATA & build.keys() or not _is_invalid(refusal):
                raise
            build = {name: value for name, value in build.items() if name not in METADATA}
            answer = self._post(build, key)
        registered = cast("Build", self._transport.decode(answer))
        replayed = answer.headers.get("Idempotency-Replayed") or "missing"
        return Registered(registered, replayed, bool(METADATA & build.keys()))

    def page(self, filters: Mapping[str, str], *, limit: int = 20, cursor: str = "") -> BuildPage:
        """One page, newest first. Filters: `git_sha`, `ci_publisher`; empty ones match all."""
        query = {**filters, "limit": limit, "cursor": cursor}
        return cast("BuildPage", self._transport.fetch(Request("GET", BUILDS, query)))

    def find(self, service: str, version: str) -> Build:
        """The build that makes this version of a service deployable."""
        request = Request("GET", BUILDS, {"service": service, "version": version})
        return cast("Build", self._transport.fetch(request))

    def get(self, build_id: str) -> Build:
        """One build by its id."""
        request = Request("GET", f"{BUILDS}/{segment(build_id)}")
        return cast("Build", self._transport.fetch(request))

    def provenance(self, build_id: str) -> Provenance:
        """What is known of how a build was made, and how its artifact was looked at."""
        request = Request("GET", f"{BUILDS}/{segment(build_id)}/provenance")
        return cast("Provenance", self._transport.fetch(request))

    def _post(self, build: Mapping[str, Any], key: str) -> Answer:
        headers = {"Idempotency-Key": key}
        request = Request("POST", REGISTER, body=dict(build), headers=headers)
        return self._transport.exchange(request)


def _is_invalid(refusal: ApiRefusedError) -> bool:
    return refusal.status == http.client.BAD_REQUEST and refusal.code in WORTH_A_FALLBACK
