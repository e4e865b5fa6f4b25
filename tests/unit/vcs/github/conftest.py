"""Recorded deliveries, and calls made of payloads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Event

RECORDED = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "github"


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Any]:
    """Return a fresh payload by the name of its file."""
    return lambda name: json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def parsed() -> Callable[[str, Any], Event]:
    """Read and parse a payload as the body of an event."""

    def parse(event: str, payload: Any) -> Event:
        webhooks = GitHubWebhooks()
        headers = {"x-github-event": event}
        return webhooks.parse(webhooks.read(headers, json.dumps(payload).encode()))

    return parse
