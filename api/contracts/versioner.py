"""The Versioner contract (seed «Versioner API Contract»): what other tools built and deployed.

Paths of nouns end in a slash, as `/build-events/`, and those below them in none. Either spelling is
understood (`api/spelling.py`).
"""

from typing import Protocol

from fastapi import APIRouter

from api.contracts.contract import Contract
from api.contracts.versioner_errors import refuse
from api.routers.versioner import (
    api_keys,
    approvals,
    events,
    notification_channels,
    notification_history,
    notification_preferences,
    overview,
    preflight,
    reads,
    request_templates,
    requests,
    rules,
)
from deltaci.settings import Settings

PREFIXES = (
    "/build-events",
    "/deployment-events",
    "/products",
    "/versions",
    "/environments",
    "/builds",
    "/deployments",
    "/events",
    "/matrix",
    "/dora",
    "/api-keys",
    "/deployment-rules",
    "/deployment-requests",
    "/request-templates",
    "/notification-channels",
    "/notification-preferences",
    "/notification-history",
)


class Noun(Protocol):
    """A module with the routes of one noun."""

    router: APIRouter


NOUNS: tuple[Noun, ...] = (
    *(events, reads, overview, api_keys),
    *(rules, approvals, preflight, requests, request_templates),
    *(notification_channels, notification_preferences, notification_history),
)
"""Looked through in this order for each request: first what machines call most."""


def versioner(settings: Settings) -> Contract:
    """Return the contract; its limits are the settings'."""
    return Contract(
        name="Versioner",
        prefixes=PREFIXES,
        routers=[module.router for module in NOUNS],
        refuse=refuse,
        body_max_bytes=settings.request_max_bytes,
        nouns_end_in_slash=True,
    )
