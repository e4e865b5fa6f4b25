"""Deliveries of Gitea and Forgejo from `tests/fixtures/webhooks/gitea`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import Event

WRITTEN = Path(__file__).resolve().parents[3] / "fixtures" / "webhooks" / "gitea"


@pytest.fixture(scope="session")
def deliveries() -> dict[str, str]:
    """Every body by its file's name without the ending; the event is the name's first part."""
    return {file.stem: file.read_text() for file in sorted(WRITTEN.glob("*.json"))}


@pytest.fixture(scope="session")
def written(deliveries: dict[str, str]) -> Callable[[str], Any]:
    """Read the payload of one file anew."""
    return lambda name: json.loads(deliveries[name])


@pytest.fixture(scope="session")
def parsed() -> Callable[[str, Any], Event]:
    """Read and parse a payload as the event that a file's name begins with."""

    def parse(name: str, payload: Any) -> Event:
        webhooks = GiteaWebhooks()
        headers = {"x-gitea-event": name.partition(".")[0]}
        return webhooks.parse(webhooks.read(headers, json.dumps(payload).encode()))

    return parse
