import asyncio
import os
import select
import signal
import sys
from pathlib import Path

from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

RUNNER = """
import asyncio, pathlib, sys
from deltaci.runner.agent import run_agent
from deltaci.runner.config import RunnerConfig
url, work_dir = sys.argv[1:]
config = RunnerConfig(
    url=url, token="runner-token", runner_id="runner-1", work_dir=pathlib.Path(work_dir),
    executors=("process",),
)
asyncio.run(run_agent(config))
"""


def has_ended(process: int) -> bool:
    """Whether the process behind a pidfd ends within a few seconds."""
    try:
        return bool(select.select([process], [], [], 5)[0])
    finally:
        os.close(process)


def resident_kib(pid: int) -> int:
    lines = Path("/proc", str(pid), "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def start_runner(bench: RunnerBench) -> asyncio.subprocess.Process:
    arguments = ("-c", RUNNER, bench.control_plane.url, str(bench.config.work_dir))
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)


async def test_the_next_runner_ends_what_a_killed_one_left(bench: RunnerBench) -> None:
    lease = await bench.offer("echo $$; echo started; while :; do sleep 0.1; done")
    killed = await start_runner(bench)
    await bench.until_printed(lease, "started")
    killed.kill()
    await killed.wait()
    step = os.pidfd_open(int(lease.text.splitlines()[-2]))
    async with bench.running(once=True) as agent:
        await agent
    assert has_ended(step)
    assert bench.leftovers() == []


async def test_a_real_process_hands_back_and_exits_cleanly(bench: RunnerBench) -> None:
    lease = await bench.offer("echo started; while :; do sleep 0.1; done")
    runner = await start_runner(bench)
    await bench.until_printed(lease, "started")
    runner.send_signal(signal.SIGTERM)
    assert await runner.wait() == 0
    assert lease.handed_back


async def test_the_process_stays_small(bench: RunnerBench) -> None:
    first = await bench.offer("seq 1 200000")
    runner = await start_runner(bench)
    await bench.control_plane.until(lambda: first.over)
    second = await bench.offer("true")
    await bench.control_plane.until(lambda: second.over)
    resident = resident_kib(runner.pid)
    runner.terminate()
    await runner.wait()
    assert second.completion.status is CompletionStatus.SUCCEEDED
    assert resident < 48 * 1024
