import asyncio
from pathlib import Path

import pytest

from deltaci.planner.model import ArtifactSpec
from deltaci.runner.executors.bubblewrap import find_bubblewrap
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

BUBBLEWRAP_WORKS = asyncio.run(find_bubblewrap(network=False, paths=())) is not None

pytestmark = pytest.mark.skipif(
    not BUBBLEWRAP_WORKS, reason="bubblewrap is optional and does not work on this machine"
)


async def run_sandboxed(bench: RunnerBench) -> None:
    await bench.run(executors=("bubblewrap",))


async def test_steps_share_the_workspace_and_the_home(bench: RunnerBench) -> None:
    lease = await bench.offer(
        "cat README.md > copy; echo kept > ~/note", "cat copy ~/note; git rev-parse HEAD; exit 3"
    )
    await run_sandboxed(bench)
    assert lease.completion.exit_code == 3
    assert f"\nhello\nkept\n{bench.repository.head}\n" in lease.text


async def test_nothing_else_of_the_machine_is_there(bench: RunnerBench, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("keys")
    lease = await bench.offer(
        f"! cat {tmp_path}/secret; ! touch /usr/x; ! touch /etc/x; ls -A / /tmp; ps ax | wc -l"
    )
    await run_sandboxed(bench)
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert "keys" not in lease.text
    assert "root" not in lease.text.splitlines()


async def test_there_is_no_network(bench: RunnerBench) -> None:
    lease = await bench.offer("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")
    await run_sandboxed(bench)
    assert lease.text.splitlines()[2:] == ["lo"]


async def test_the_jobs_environment_does_not_reach_the_sandbox_program(
    bench: RunnerBench,
) -> None:
    lease = await bench.offer("echo $LD_PRELOAD", env={"LD_PRELOAD": "/nowhere.so"})
    await run_sandboxed(bench)
    errors = [line for line in lease.text.splitlines() if "cannot be preloaded" in line]
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert not any("bwrap" in line for line in errors)


async def test_a_sandboxed_job_times_out_and_keeps_its_artifacts(bench: RunnerBench) -> None:
    lease = await bench.offer(
        "echo x > a; setsid sleep 300 & sleep 300",
        artifacts=(ArtifactSpec("a", "a"),),
        max_runtime_seconds=1,
    )
    await run_sandboxed(bench)
    assert lease.completion.status is CompletionStatus.TIMED_OUT
    assert lease.artifacts == {("a", "a"): b"x\n"}
