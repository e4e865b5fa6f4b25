"""A whole control plane in one process, with a runner that does as a scenario says."""

import asyncio
import contextlib
import sysconfig
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.built import build_activities, build_forge_activities, near_of
from activities.delivering import DeliveryActivities
from activities.engines import EngineActivities
from deltaci.bootstrap import build_command_runner, build_commits, build_core, build_prober
from deltaci.core import Core
from deltaci.effects.deliver import Deliverer
from deltaci.effects.relay import EffectRelay
from deltaci.engine_settings import EngineSettings
from deltaci.jobs.acknowledge import acknowledge_lease
from deltaci.jobs.cancel_ack import acknowledge_cancel
from deltaci.jobs.complete import complete_job
from deltaci.jobs.heartbeat import heartbeat
from deltaci.jobs.lease import Seeker, grant_lease
from deltaci.jobs.sweep import sweep_leases
from deltaci.notifications.channels import add_channel
from deltaci.notifications.fan_out import fan_out
from deltaci.notifications.history import list_history
from deltaci.notifications.preferences import add_preference
from deltaci.repositories.register import register_repository
from deltaci.runs.create import create_run
from deltaci.settings import Settings
from deltaci.store.announcements import News, announce
from deltaci.store.migrate import upgrade
from deltaci.store.notifications import HistoryFilter
from deltaci.store.runs import find_run
from deltaci.store.tables.runs import Slot
from deltaci.testing.memory_engine import MemoryEngine
from deltaci.testing.memory_forge import MemoryForge, forge_of
from deltaci.testing.memory_sender import MemorySender
from deltaci.testing.repositories import GitRepository
from deltaci.vcs.port import Verdict
from deltaci.wire.forges import Provider
from deltaci.wire.notifications import ChannelType, CreateChannel, CreatePreference
from deltaci.wire.repositories import CreateRepository
from deltaci.wire.runner import AckLease, CancelAck, Complete, CompletionStatus, Heartbeat
from deltaci.wire.runs import CreateRun
from workflows.gateway import Gateway
from workflows.search_registration import register_search_attributes
from workflows.worker_factory import (
    build_delivery_worker,
    build_engine_worker,
    build_forge_worker,
    build_worker,
)

ACTOR = "recorder"
QUEUE = "delta-ci"
PAUSE_SECONDS = 0.02


@dataclass
class Stage:
    """The control plane, and how its runner ends each job: by `ends`, or not at all if `held`."""

    client: Client
    core: Core
    folder: Path
    ends: Mapping[str, CompletionStatus] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    forge: MemoryForge = field(default_factory=MemoryForge)
    receiver: MemorySender = field(default_factory=MemorySender)
    engine: MemoryEngine = field(default_factory=MemoryEngine)

    async def register(self, config: str, provider: Provider | None = None) -> None:
        """Register the one repository, with this `ci.ai.yaml`, and the forge that it is on."""
        repository = GitRepository.create(self.folder / "shop", {"ci.ai.yaml": config})
        forge = {"full_name": "acme/shop", "token": "recorded"} if provider is not None else {}
        request = CreateRepository(
            repo_id="acme/shop", url=str(repository.path), provider=provider, **forge
        )
        await register_repository(self.core, ACTOR, request)

    async def start(self) -> str:
        """Create a run of `main` and return its id."""
        request = CreateRun(repo_id="acme/shop", ref="refs/heads/main")
        accepted, _ = await create_run(
            self.core, build_commits(self.core.settings), ACTOR, request, None
        )
        return accepted.run_id

    async def history(self, run_id: str) -> WorkflowHistory:
        """Wait for the run's end and return its history."""
        async with self.core.database.read() as tx:
            run = await find_run(tx, run_id)
        if run is None:
            raise LookupError(run_id)
        return await self.history_of(run.workflow_id)

    async def history_of(self, workflow_id: str) -> WorkflowHistory:
        """Wait for a workflow's end and return its history."""
        handle = self.client.get_workflow_handle(workflow_id)
        await _patiently(handle.result)
        return await handle.fetch_history()

    async def until_told(self, run_id: str, verdict: Verdict) -> None:
        """Wait until the forge has heard this of the run."""
        while True:
            if verdict in {check.verdict for check in self.forge.trail(run_id)}:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def until_waiting(self, run_id: str) -> None:
        """Wait until the run is in line for a slot."""
        while True:
            async with self.core.database.read() as tx:
                run = await find_run(tx, run_id)
            if run is not None and run.slot is Slot.WAITING:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def subscribe(self) -> None:
        """Let a channel hear of everything."""
        config = {"url": "https://receiver.example/"}
        wanted = CreateChannel(name="hooks", channel_type=ChannelType.WEBHOOK, config=config)
        channel = await add_channel(self.core, ACTOR, wanted)
        preference = CreatePreference(channel_id=channel.id, event_type="*")
        await add_preference(self.core, ACTOR, preference)

    async def announce(self, *event_types: str) -> list[str]:
        """Announce these of one deployment; returns the ids of their notifications."""
        async with self.core.database.write() as tx:
            for each in event_types:
                announce(tx, News(each, "deployment", "dep-1", "shop", "1.2.3"), self.core.clock())
        while True:
            page = await list_history(self.core, HistoryFilter(), limit=50, cursor="")
            if len(page.notifications) == len(event_types):
                return [each.id for each in reversed(page.notifications)]
            await asyncio.sleep(PAUSE_SECONDS)

    async def until_looked(self, workflow_id: str) -> None:
        """Wait until a workflow has begun to wait."""
        handle = self.client.get_workflow_handle(workflow_id)
        while True:
            with contextlib.suppress(RPCError):
                history = await handle.fetch_history()
                if any(e.HasField("timer_started_event_attributes") for e in history.events):
                    return
            await asyncio.sleep(PAUSE_SECONDS)

    async def work(self) -> None:
        """Lease and end jobs, for ever; a held one waits to be cancelled."""
        held: list[str] = []
        while True:
            granted = await grant_lease(self.core, Seeker(ACTOR, frozenset()))
            if granted is not None:
                named = {"lease_id": granted.lease_id, "runner_id": ACTOR}
                await acknowledge_lease(self.core, AckLease(job_id=granted.job_id, **named))
                key = f"{granted.job_spec.name}/{granted.attempt_number}"
                if key in self.held:
                    held.append(granted.lease_id)
                    self.seen.set()
                    continue
                status = self.ends.get(key, CompletionStatus.SUCCEEDED)
                await complete_job(self.core, Complete(status=status, **named))
            for lease_id in list(held):
                if await self._stops(lease_id):
                    held.remove(lease_id)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _stops(self, lease_id: str) -> bool:
        named = {"lease_id": lease_id, "runner_id": ACTOR}
        beat = await heartbeat(self.core, Heartbeat(**named))
        if beat.cancel_requested:
            await acknowledge_cancel(self.core, CancelAck(**named))
        return beat.cancel_requested


async def _patiently(wait: Callable[[], Awaitable[object]]) -> None:
    """Wait for a workflow that the outbox may not have started yet."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(Exception):
                await wait()
                return
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Set everything up in an empty folder, and take it down again."""
    settings = Settings(
        data_dir=folder / "data",
        local_repositories="any",
        job_retry_backoff_seconds=1,
        cancel_deadline_seconds=2,
        artifact_verification="filesystem",
        artifact_root=str(folder / "artifacts"),
        engine=EngineSettings(private_hosts="127.0.0.1"),
    )
    core = build_core(settings)
    await asyncio.to_thread(upgrade, settings.resolved_database_url)
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sysconfig.get_path("scripts")) / "temporal"),
        data_converter=pydantic_data_converter,
    ) as environment:
        client = environment.client
        await register_search_attributes(client)
        relay = EffectRelay(core, Deliverer(core, Gateway(client, QUEUE)).deliver)
        core.database.on_effects = relay.send_now
        stage = Stage(client, core, folder)
        forges = {Provider.GITEA: forge_of(stage.forge)}
        commits = build_commits(settings)
        delivery = DeliveryActivities(core, {"webhook": stage.receiver})
        kept = [*build_activities(core, commits, forges), *near_of(delivery)]
        near = build_worker(client, QUEUE, kept)
        calling = build_forge_activities(core, commits, forges)
        telling = build_delivery_worker(client, QUEUE, [delivery.deliver_notification], 1)
        engines = build_engine_worker(client, QUEUE, _engine_activities(stage), 1)
        async with near, build_forge_worker(client, QUEUE, calling, 1), engines, telling:
            loops = [asyncio.create_task(stage.work()), asyncio.create_task(_sweep(core))]
            try:
                yield stage
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)
        await relay.drain()
    await core.database.close()


def _engine_activities(stage: Stage) -> Sequence[Callable[..., Any]]:
    core, commits = stage.core, build_commits(stage.core.settings)
    engines = {stage.engine.engine_type: stage.engine}
    commands = build_command_runner(core, commits)
    calling = EngineActivities(core, engines, build_prober(core), commands)
    return [calling.start_engine, calling.ask_engine, calling.stop_engine, calling.probe_deployment]


async def _sweep(core: Core) -> None:
    while True:
        await sweep_leases(core)
        await fan_out(core)
        await asyncio.sleep(1)
