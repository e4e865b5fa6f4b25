"""Runs that build something, up to the point where it is to be registered."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from deltaci.effects.deliver import Deliverer
from deltaci.jobs.uploads import Chunk
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.testing.memory_orchestrator import MemoryOrchestrator
from deltaci.wire.orchestration import RunEnding

CONTENT = b"zipped"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
JOBS = {"build": job(), "lint": job(required=False)}


def files(
    build: Mapping[str, Any], version: str = "1.2.3", jobs: Mapping[str, Any] = JOBS
) -> dict[str, str]:
    """Return a commit that declares this build of `shop`, its version in a file."""
    declared = {"service": "shop", "version": {"file": "VERSION"}, **build}
    document = {"version": 1, "jobs": jobs, "build": declared}
    return {"ci.ai.yaml": json.dumps(document), "VERSION": version, "main.py": ""}


async def work(factory: Factory, run_id: str, *, stores: str = "", **statuses: str) -> None:
    """Let a runner end the run's jobs, `build` after storing a file of this name."""
    await factory.offer(run_id)
    while holder := await factory.seek():
        name = holder.granted.job_spec.name
        await holder.ack()
        if stores and name == "build":
            chunk = Chunk("zip", stores, 0, len(CONTENT), DIGEST, CONTENT)
            await holder.upload(chunk)
        await holder.complete(statuses.get(name, "SUCCEEDED"), exit_code=0)


async def end(factory: Factory, run_id: str) -> RunState:
    """Settle a run whose jobs have ended."""
    return await settle_run(factory.core, RunEnding(run_id=run_id, wanted="SUCCEEDED"))


async def green(factory: Factory, build: Mapping[str, Any], **options: Any) -> str:
    """Return a green run of a commit with this build, nothing of it registered yet."""
    stores = options.pop("stores", "")
    run_id = await factory.run(files(build, **options))
    await factory.plan(run_id)
    await work(factory, run_id, stores=stores)
    await end(factory, run_id)
    return run_id


async def deliver(factory: Factory) -> None:
    """Carry out what was promised of builds."""
    deliverer = Deliverer(factory.core, MemoryOrchestrator())
    for effect in await promised(factory):
        await deliverer.deliver(effect)


async def promised(factory: Factory) -> list[Effect]:
    """Return the registrations that are still to be carried out."""
    effects = await factory.rows.all(Effect)
    return [each for each in effects if each.kind == EffectKind.REGISTER_BUILD]
