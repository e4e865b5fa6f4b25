"""The floor: a bare Temporal workflow of a run's shape, without anything of ours.

Plan and settle are local activities, the job is one asynchronously completed activity, as in
`workflows/run.py`; nothing is stored, planned or executed.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

QUEUE = "bare-floor"
PATIENCE = timedelta(seconds=60)


@activity.defn
async def nothing() -> None:
    """Stands for planning and for settling."""


class Jobs:
    """Stands for the broker: every dispatched job is completed at once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.leased: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @activity.defn(name="bare_dispatch")
    async def dispatch(self) -> None:
        """Hand the job to a no-op runner."""
        info = activity.info()
        self.leased[info.workflow_id or ""] = time.perf_counter()
        task = asyncio.create_task(self._complete(info.task_token))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        activity.raise_complete_async()

    async def _complete(self, token: bytes) -> None:
        await self._client.get_async_activity_handle(task_token=token).complete()


@workflow.defn
class BareRun:
    """Plan, dispatch, settle."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing, durably."""
        await workflow.execute_local_activity(nothing, start_to_close_timeout=PATIENCE)
        await workflow.execute_activity("bare_dispatch", start_to_close_timeout=PATIENCE)
        await workflow.execute_local_activity(nothing, start_to_close_timeout=PATIENCE)


@asynccontextmanager
async def bare_worker(address: str) -> AsyncIterator[tuple[Client, Jobs]]:
    """Serve bare runs on the stack's own Temporal server while the block runs."""
    client = await Client.connect(address)
    jobs = Jobs(client)
    async with Worker(
        client, task_queue=QUEUE, workflows=[BareRun], activities=[nothing, jobs.dispatch]
    ):
        yield client, jobs


async def one_bare_run(client: Client, jobs: Jobs) -> tuple[float, float]:
    """Return seconds from the start call to the job's start and to the end."""
    name, begun = f"bare/{uuid.uuid4()}", time.perf_counter()
    await client.execute_workflow(BareRun.run, id=name, task_queue=QUEUE)
    return jobs.leased[name] - begun, time.perf_counter() - begun
