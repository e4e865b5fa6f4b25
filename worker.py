"""The worker process: Temporal workflows and activities, and the loops that keep promises.

Run any number of them. Each loop may run in all of them at once.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import structlog

from activities.commands import CommandActivities
from activities.delivering import DeliveryActivities
from activities.jobs import JobActivities
from activities.planning import PlanningActivities
from activities.reporting import ReportActivities
from activities.runs import RunActivities
from activities.verification import VerificationActivities
from deltaci.bootstrap import (
    build_commits,
    build_core,
    build_examiner,
    build_forges,
    build_inspector,
    build_senders,
    tidy_mirrors,
)
from deltaci.core import Core
from deltaci.effects.deliver import Deliverer
from deltaci.effects.relay import EffectRelay
from deltaci.governance.limits import forget_old_counters
from deltaci.jobs.sweep import sweep_leases
from deltaci.jobs.vouch import vouch_for_open_jobs
from deltaci.load_settings import load_settings
from deltaci.notifications.fan_out import Observer, fan_out
from deltaci.notifications.forget import forget_old_notifications
from deltaci.ready import announce_ready
from deltaci.repositories.credentials import forge_credentials
from deltaci.runs.ports import CommitSource
from deltaci.runs.reconcile import reconcile_runs
from deltaci.senders.telemetry import build_telemetry
from deltaci.telemetry import configure_logs
from deltaci.tracking.expire import expire_open
from deltaci.vcs.port import Forges
from deltaci.webhooks.deliveries import forget_old_deliveries
from workflows.connection import connect
from workflows.gateway import Gateway
from workflows.search_registration import register_search_attributes
from workflows.worker_factory import build_delivery_worker, build_forge_worker, build_worker

MIRRORS_SECONDS = 3600.0
DELIVERIES_SECONDS = 3600.0
COUNTERS_SECONDS = 600.0
OPEN_SECONDS = 10.0
NOTIFICATIONS_SECONDS = 3600.0
log = structlog.get_logger(__name__)


async def main() -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way."""
    configure_logs("worker")
    settings = load_settings()
    core = build_core(settings)
    client = await connect(settings, identity=f"worker-{socket.gethostname()}-{os.getpid()}")
    await register_search_attributes(client)
    gateway = Gateway(client, settings.temporal_task_queue)
    relay = EffectRelay(core, Deliverer(core, gateway, build_inspector(settings, gateway)).deliver)
    core.database.on_effects = relay.send_now
    forges = build_forges(settings)
    commits = build_commits(settings, forge_credentials(core, forges))
    queue = settings.temporal_task_queue
    senders = build_senders(settings)
    delivery = DeliveryActivities(core, senders)
    near = [*build_activities(core, commits, forges), *near_of(delivery)]
    worker = build_worker(client, queue, near)
    calling = build_forge_activities(core, commits, forges)
    forge_worker = build_forge_worker(client, queue, calling, settings.reports_max_count)
    delivery_worker = build_delivery_worker(
        client, queue, [delivery.deliver_notification], settings.notifications.at_once_max_count
    )
    telemetry = build_telemetry(settings.otel)
    observe = telemetry.observe if telemetry is not None else None
    loops = _running(_loops(core, relay, gateway, observe))
    async with worker, forge_worker, delivery_worker, loops:
        announce_ready()
        log.info("worker_serves", task_queue=queue)
        await _asked_to_stop()
    await relay.drain()
    if telemetry is not None:
        await asyncio.to_thread(telemetry.close)
    for forge in forges.values():
        await forge.close()
    for sender in senders.values():
        await sender.close()
    await core.database.close()


def _loops(
    core: Core, relay: EffectRelay, gateway: Gateway, observe: Observer | None
) -> Sequence[Awaitable[None]]:
    settings = core.settings
    tick = settings.sweep_interval_seconds
    return [
        repeat("outbox", tick, relay.sweep),
        repeat("leases", tick, lambda: sweep_leases(core)),
        repeat("vouching", tick, lambda: vouch_for_open_jobs(core, gateway)),
        repeat(
            "reconciling",
            settings.reconcile_interval_seconds,
            lambda: reconcile_runs(core, gateway),
        ),
        repeat("mirrors", MIRRORS_SECONDS, lambda: tidy_mirrors(settings)),
        repeat("deliveries", DELIVERIES_SECONDS, lambda: forget_old_deliveries(core)),
        repeat("open", OPEN_SECONDS, lambda: expire_open(core)),
        repeat("counters", COUNTERS_SECONDS, lambda: forget_old_counters(core)),
        repeat("announcements", tick, lambda: fan_out(core, observe)),
        repeat("notifications", NOTIFICATIONS_SECONDS, lambda: forget_old_notifications(core)),
    ]


def build_activities(
    core: Core, commits: CommitSource, forges: Forges
) -> Sequence[Callable[..., Any]]:
    """Return every activity that calls no forge, built with what it needs."""
    planning = PlanningActivities(core, commits)
    jobs, runs = JobActivities(core), RunActivities(core)
    return [
        planning.plan_run,
        planning.fail_planning,
        jobs.dispatch_job,
        jobs.settle_attempt,
        jobs.explain_attempt,
        runs.claim_slot,
        runs.stop_jobs,
        runs.request_cancel,
        runs.settle_run,
        ReportActivities(core, forges).give_up_report,
        VerificationActivities(build_examiner(core.settings)).verify_artifact,
    ]


def near_of(delivery: DeliveryActivities) -> Sequence[Callable[..., Any]]:
    """Return the activities of notifications that call no receiver."""
    return [delivery.may_deliver, delivery.give_up_notification]


def build_forge_activities(
    core: Core, commits: CommitSource, forges: Forges
) -> Sequence[Callable[..., Any]]:
    """Return the activities that call forges, and may take as long as those like."""
    return [
        ReportActivities(core, forges).report_run,
        CommandActivities(core, forges, commits).obey_command,
    ]


async def repeat(name: str, seconds: float, work: Callable[[], Awaitable[int]]) -> None:
    """Do a loop's work again and again, at once while there is some; an error waits a turn."""
    while True:
        found = 0
        try:
            found = await work()
        except Exception as error:  # noqa: BLE001 - a loop outlives every outage
            log.warning("loop_failed", loop=name, error=f"{type(error).__name__}: {error}")
        if not found:
            await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def _running(loops: Sequence[Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _asked_to_stop() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main())
