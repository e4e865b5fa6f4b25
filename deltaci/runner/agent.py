"""The runner process: asks for jobs, runs them one at a time, until it is told to stop."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import signal
from collections.abc import AsyncIterator

from deltaci.client.runner import RunnerClient, UnreachableError
from deltaci.runner.backoff import delays
from deltaci.runner.config import RunnerConfig
from deltaci.runner.executors.select import find_executors
from deltaci.runner.job import run_job
from deltaci.runner.parts import Parts
from deltaci.runner.places import claim_places
from deltaci.runner.process_tree import adopt_orphans
from deltaci.runner.stop import Stop, StopReason
from deltaci.wire.runner import LeaseGranted, LeaseRequest

_log = logging.getLogger(__name__)

_SETTLED_SECONDS = 1.0
"""By then the first request has been made, and everything that it imports is there."""


async def run_agent(config: RunnerConfig) -> None:
    """Serve until SIGTERM or SIGINT, or until the configured number of jobs is done.

    The first signal stops asking for jobs and, after the configured grace, hands the running one
    back; the second one ends the grace. Raises WorkDirTakenError, NoExecutorError, and RefusedError
    when the server does not accept this runner.
    """
    adopt_orphans()
    with claim_places(config) as places:
        executors = await find_executors(config)
        async with RunnerClient(config.url, config.token) as client, _shutdown() as shutdown:
            asyncio.get_running_loop().call_later(_SETTLED_SECONDS, _forget_start_up)
            await _Agent(Parts(config, client, executors, places), shutdown).serve()


class _Shutdown:
    """Whether the runner was told to stop, and whether it was told twice."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()

    def signal(self) -> None:
        (self.hurried if self.asked.is_set() else self.asked).set()


class _Agent:
    def __init__(self, parts: Parts, shutdown: _Shutdown) -> None:
        self._parts = parts
        self._shutdown = shutdown
        self._request = LeaseRequest(
            runner_id=parts.config.runner_id,
            capabilities=parts.executors.capabilities(parts.config.labels),
            wait_seconds=0 if parts.config.once else parts.config.poll_seconds,
        )

    async def serve(self) -> None:
        config = self._parts.config
        jobs = 0
        while not self._shutdown.asked.is_set():
            lease = await self._next_lease()
            if lease is not None:
                await self._run(lease)
                jobs += 1
            if config.once or jobs == config.max_jobs:
                return

    async def _next_lease(self) -> LeaseGranted | None:
        """Ask until there is a job; None when told to stop, or when asking only once."""
        asking = asyncio.create_task(self._ask())
        stopping = asyncio.create_task(self._shutdown.asked.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, stopping):
            task.cancel()
        await asyncio.wait({asking, stopping})
        return None if asking.cancelled() else asking.result()

    async def _ask(self) -> LeaseGranted | None:
        waits = delays()
        while True:
            try:
                lease = await self._parts.client.lease(self._request)
            except UnreachableError as error:
                _log.warning("asking for a job: %s", error)
                await asyncio.sleep(next(waits))
                continue
            if lease is not None or self._parts.config.once:
                return lease
            waits = delays()

    async def _run(self, lease: LeaseGranted) -> None:
        _log.info("job %s of run %s begins", lease.job_id, lease.run_id)
        stop = Stop()
        handing_back = asyncio.create_task(self._hand_back_when_told(stop))
        try:
            await run_job(lease, self._parts, stop)
        except Exception:  # noqa: BLE001 - one job must not end the runner; its lease will expire
            _log.exception("job %s was given up", lease.job_id)
        finally:
            handing_back.cancel()
            _trim()
        _log.info("job %s of run %s is done", lease.job_id, lease.run_id)

    async def _hand_back_when_told(self, stop: Stop) -> None:
        await self._shutdown.asked.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._parts.config.hand_back_grace_seconds):
                await self._shutdown.hurried.wait()
        stop.request(StopReason.HAND_BACK)


@contextlib.asynccontextmanager
async def _shutdown() -> AsyncIterator[_Shutdown]:
    """Listen for the signals that ask a process to stop."""
    shutdown = _Shutdown()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, shutdown.signal)
    try:
        yield shutdown
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _forget_start_up() -> None:
    gc.collect()
    gc.freeze()
    _trim()


def _trim() -> None:
    """Return free memory to the system: a runner mostly waits."""
    with contextlib.suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
