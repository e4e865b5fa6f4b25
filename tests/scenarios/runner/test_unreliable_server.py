from pathlib import Path

import pytest

from deltaci.client.runner import RefusedError
from deltaci.runner.places import WorkDirTakenError
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus


@pytest.mark.parametrize("path", ["/lease", "/ack-lease", "/heartbeat", "/logs", "/complete"])
async def test_a_dropped_answer_is_asked_for_again(bench: RunnerBench, path: str) -> None:
    lease = await bench.offer("echo hello")
    bench.control_plane.fail_next(path, times=2)
    await bench.run()
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert lease.text.endswith("\nhello\n")


async def test_a_job_goes_on_while_the_server_is_down(bench: RunnerBench, tmp_path: Path) -> None:
    lease = await bench.offer(
        f"echo started; while ! test -e {tmp_path}/go; do sleep 0.02; done; echo ended"
    )
    async with bench.running(max_jobs=1) as agent:
        await bench.until_printed(lease, "started")
        await bench.control_plane.go_down()
        (tmp_path / "go").touch()
        await bench.control_plane.come_back()
        await agent
    assert lease.text.endswith("\nstarted\nended\n")
    assert lease.completion.status is CompletionStatus.SUCCEEDED


async def test_a_runner_gives_up_when_its_lease_must_have_expired(bench: RunnerBench) -> None:
    lease = await bench.offer("echo started; sleep 300", ttl_seconds=2)
    async with bench.running(max_jobs=1) as agent:
        await bench.until_printed(lease, "started")
        await bench.control_plane.go_down()
        await agent
    assert not lease.over
    assert bench.leftovers() == []


async def test_the_completion_is_repeated_exactly(bench: RunnerBench) -> None:
    bench.control_plane.drop_answer("/complete")
    lease = await bench.offer("true")
    await bench.run()
    sent = [
        request for request in bench.control_plane.requests if request.path.endswith("/complete")
    ]
    assert len(sent) == 2
    assert sent[0].body == sent[1].body
    assert lease.completion.status is CompletionStatus.SUCCEEDED


async def test_log_bytes_whose_answer_was_lost_are_not_doubled(bench: RunnerBench) -> None:
    bench.control_plane.drop_answer("/logs")
    lease = await bench.offer("seq 1 50000")
    await bench.run()
    assert lease.text.endswith("\n" + "".join(f"{number}\n" for number in range(1, 50001)))


async def test_a_runner_that_is_not_accepted_stops(bench: RunnerBench) -> None:
    async with bench.running(token="wrong") as agent:
        with pytest.raises(RefusedError, match="UNAUTHORIZED"):
            await agent


async def test_one_runner_per_work_folder(bench: RunnerBench) -> None:
    async with bench.running() as first:
        await bench.control_plane.until(lambda: bench.control_plane.lease_requests)
        async with bench.running() as second:
            with pytest.raises(WorkDirTakenError):
                await second
        assert not first.done()


async def test_what_a_killed_runner_left_is_swept(bench: RunnerBench) -> None:
    leftover = bench.config.work_dir / "jobs" / "old" / "workspace"
    leftover.mkdir(parents=True)
    async with bench.running(once=True) as agent:
        await agent
    assert bench.leftovers() == []
