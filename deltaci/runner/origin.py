"""Where the runner's git fetches a job's commit from, and what only that command may know."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from deltaci.runner.config import RunnerConfig
from deltaci.wire.runner import LEASE_HEADER, Checkout, LeaseGranted

GIT_PATH = "/api/v1/internal/git"


@dataclass(frozen=True, slots=True)
class Origin:
    """An address, the names by which the commit may be there, and variables for fetching it."""

    url: str
    names: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def origin_of(lease: LeaseGranted, config: RunnerConfig) -> Origin:
    """Return where to fetch the leased commit from: its repository or, by the lease, the server."""
    if lease.checkout.through_api:
        return _server(lease, config)
    return _repository(lease.checkout)


def _repository(source: Checkout) -> Origin:
    # Git ignores --depth for a bare path, but not for the same path as a URL.
    url = f"file://{quote(source.url)}" if source.url.startswith("/") else source.url
    # Servers that refuse a commit's id have it by its ref.
    return Origin(url, (source.commit_sha, source.ref))


def _server(lease: LeaseGranted, config: RunnerConfig) -> Origin:
    url = config.url.rstrip("/") + GIT_PATH
    settings = [
        (f"http.{url}.extraHeader", f"Authorization: Bearer {config.token}"),
        (f"http.{url}.extraHeader", f"{LEASE_HEADER}: {lease.lease_id}"),
        ("http.followRedirects", "false"),
        ("credential.helper", ""),
    ]
    return Origin(url, (lease.checkout.commit_sha,), _variables(settings) | _trust())


def _variables(settings: list[tuple[str, str]]) -> dict[str, str]:
    """Return what git takes settings from that are in no file and on no command line."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _trust() -> dict[str, str]:
    """Let git trust whom the runner's own calls to the server trust."""
    file = os.environ.get("GIT_SSL_CAINFO") or os.environ.get("SSL_CERT_FILE")
    return {"GIT_SSL_CAINFO": file} if file else {}
