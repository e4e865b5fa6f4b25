"""Numbers for Prometheus, read from the rows, so that every process tells the same."""

import asyncio
import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from deltaci.core import Core
from deltaci.store.census import Census, take_census

KEPT_SECONDS = 5.0
"""Counting reads whole tables, and anybody may ask."""


class MetricsPage:
    """The numbers of this moment or a few seconds ago; one caller counts for all who ask."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._turn = asyncio.Lock()
        self._page = b""
        self._stale_at = 0.0

    async def read(self) -> bytes:
        """Return the page in Prometheus' text format."""
        async with self._turn:
            if time.monotonic() >= self._stale_at:
                self._page = await render_metrics(self._core)
                self._stale_at = time.monotonic() + KEPT_SECONDS
            return self._page


async def render_metrics(core: Core) -> bytes:
    """Return the current numbers in Prometheus' text format."""
    async with core.database.read() as tx:
        return expose(await take_census(tx))


def expose(census: Census) -> bytes:
    """Return these numbers in Prometheus' text format."""
    registry = CollectorRegistry()
    _by(registry, "delta_runs", "Runs by state.", "state", census.runs)
    _by(registry, "delta_jobs", "Jobs by state.", "state", census.jobs)
    _by(registry, "delta_leases", "Leases by state.", "state", census.leases)
    _by(registry, "delta_failures", "Explained failures by category.", "type", census.failures)
    _by(
        registry,
        "delta_webhook_deliveries",
        "Webhook deliveries that are kept, by what became of them.",
        "outcome",
        census.deliveries,
    )
    _by(
        registry, "delta_reports", "Runs that a forge hears of, by report.", "state", census.reports
    )
    _plain(registry, census)
    return generate_latest(registry)


def _by(
    registry: CollectorRegistry, name: str, meaning: str, label: str, counts: Mapping[str, int]
) -> None:
    gauge = Gauge(f"{name}_total", meaning, [label], registry=registry)
    for value, count in counts.items():
        gauge.labels(value).set(count)


def _plain(registry: CollectorRegistry, census: Census) -> None:
    for name, meaning, value in (
        ("delta_queue_depth", "Jobs that wait for a runner.", census.queued),
        ("delta_active_leases", "Jobs that runners hold.", census.held),
        ("delta_outbox_depth", "Promised effects not delivered yet.", census.promised),
        ("delta_oldest_queued_seconds", "Age of the oldest waiting job.", census.oldest_seconds),
    ):
        Gauge(name, meaning, registry=registry).set(value)
