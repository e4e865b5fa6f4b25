import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from deltaci.planner.model import ArtifactSpec
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CancelReason, CompletionStatus, StaleReason

STUBBORN = "trap '' TERM; echo started; while :; do sleep 0.1; done"
# Leaves the step's session and group, its parent dies, and it ignores polite requests.
ESCAPE = (
    "setsid sh -c \"trap '' TERM HUP; echo \\$\\$ > $HOME/../escaped; "
    'while :; do sleep 0.1; done" & while ! test -s $HOME/../escaped; do sleep 0.02; done; '
    "cat $HOME/../escaped; echo started"
)


def is_alive(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()


@pytest.mark.parametrize("rest", ["", "; sleep 300"], ids=["leftover", "timeout"])
async def test_a_process_that_left_its_session_does_not_outlive_the_job(
    bench: RunnerBench, rest: str
) -> None:
    lease = await bench.offer(ESCAPE + rest, max_runtime_seconds=2)
    await bench.run()
    assert lease.completion.status is (
        CompletionStatus.TIMED_OUT if rest else CompletionStatus.SUCCEEDED
    )
    lines = [line for line in lease.text.splitlines() if line.isdigit()]
    assert not is_alive(int(lines[0]))


async def test_a_job_that_takes_too_long_times_out(bench: RunnerBench) -> None:
    lease = await bench.offer("echo started; sleep 300", "true", max_runtime_seconds=1)
    await bench.run()
    completion = lease.completion
    assert completion.status is CompletionStatus.TIMED_OUT
    assert completion.summary == "timed out after 1s"
    assert [step.exit_code for step in completion.steps] == [None]
    assert lease.text.endswith("[delta-ci] timed out after 1s\n")


async def test_cancel_kills_a_stubborn_job_and_is_acknowledged(bench: RunnerBench) -> None:
    lease = await bench.offer(STUBBORN)
    async with bench.running(max_jobs=1, kill_grace_seconds=0.2) as agent:
        await bench.until_printed(lease, "started")
        lease.cancel_reason = CancelReason.RUN_CANCELED
        asked = time.monotonic()
        await agent
    assert lease.canceled is not None
    assert lease.completions == []
    assert time.monotonic() - asked < 5
    assert "\nstarted" in lease.text


async def test_a_cancel_is_heard_long_before_the_next_heartbeat(bench: RunnerBench) -> None:
    lease = await bench.offer("echo started; sleep 300", heartbeat_seconds=60)
    async with bench.running(max_jobs=1) as agent:
        await bench.until_printed(lease, "started")
        asked = time.monotonic()
        await bench.control_plane.cancel(lease, CancelReason.RUN_CANCELED)
        await agent
    assert lease.canceled is not None
    assert time.monotonic() - asked < 5


async def test_a_server_that_answers_at_once_is_not_asked_more_often(bench: RunnerBench) -> None:
    bench.control_plane.holds_heartbeats = False
    lease = await bench.offer("echo started; sleep 300")
    async with bench.running(max_jobs=1) as agent:
        await bench.control_plane.until(lambda: len(lease.heartbeats) > 1)
        lease.cancel_reason = CancelReason.RUN_CANCELED
        await agent
    first, second, *_ = (beat.ts for beat in lease.heartbeats if beat.ts)
    assert (second - first).total_seconds() > 0.9


@pytest.mark.parametrize(("ttl", "longest"), [(120, 20), (24, 12)])
async def test_a_heartbeat_waits_no_longer_than_the_lease_allows(
    bench: RunnerBench, ttl: int, longest: float
) -> None:
    lease = await bench.offer("true", ttl_seconds=ttl, heartbeat_seconds=20)
    await bench.run()
    assert longest - 1 < lease.heartbeats[0].wait_seconds <= longest


async def test_a_polite_job_may_clean_up_when_cancelled(bench: RunnerBench) -> None:
    lease = await bench.offer(
        "trap 'echo tidied; exit 0' TERM; echo started; while :; do sleep 0.1 || :; done"
    )
    async with bench.running(max_jobs=1, kill_grace_seconds=10) as agent:
        await bench.until_printed(lease, "started")
        lease.cancel_reason = CancelReason.SUPERSEDED
        await agent
    assert lease.canceled is not None
    assert lease.text.endswith("tidied\n")


async def test_cancel_while_artifacts_are_uploaded(bench: RunnerBench) -> None:
    lease = await bench.offer("echo x > a", artifacts=(ArtifactSpec("a", "a"),))
    bench.control_plane.fail_next("/artifacts", times=10_000)
    async with bench.running(max_jobs=1) as agent:
        await bench.control_plane.until(
            lambda: any(
                request.path.endswith("/artifacts") for request in bench.control_plane.requests
            )
        )
        lease.cancel_reason = CancelReason.JOB_CANCELED
        await agent
    assert lease.canceled is not None


async def test_a_stale_lease_ends_the_job_at_once_and_nothing_more_is_said(
    bench: RunnerBench,
) -> None:
    lease = await bench.offer(STUBBORN)
    async with bench.running(max_jobs=1, kill_grace_seconds=30) as agent:
        await bench.until_printed(lease, "started")
        lease.stale = StaleReason.LEASE_EXPIRED
        await agent
    assert not lease.over
    assert bench.leftovers() == []


async def test_a_stale_acknowledgement_runs_nothing(bench: RunnerBench, tmp_path: Path) -> None:
    lease = await bench.offer(f"touch {tmp_path}/ran")
    lease.stale = StaleReason.LEASE_REVOKED
    await bench.run()
    assert not (tmp_path / "ran").exists()
    assert lease.log == b""


async def test_sigterm_hands_the_job_back(bench: RunnerBench) -> None:
    lease = await bench.offer(STUBBORN)
    async with bench.running(kill_grace_seconds=0.2) as agent:
        await bench.until_printed(lease, "started")
        os.kill(os.getpid(), signal.SIGTERM)
        await agent
    assert lease.handed_back
    assert lease.completions == []


async def test_a_job_may_end_within_the_grace_after_sigterm(
    bench: RunnerBench, tmp_path: Path
) -> None:
    lease = await bench.offer(f"echo started; while ! test -e {tmp_path}/go; do sleep 0.02; done")
    async with bench.running(hand_back_grace_seconds=60) as agent:
        await bench.until_printed(lease, "started")
        os.kill(os.getpid(), signal.SIGTERM)
        (tmp_path / "go").touch()
        await agent
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert not lease.handed_back


async def test_a_second_sigterm_ends_the_grace(bench: RunnerBench) -> None:
    lease = await bench.offer(STUBBORN)
    async with bench.running(hand_back_grace_seconds=60, kill_grace_seconds=0.2) as agent:
        await bench.until_printed(lease, "started")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        await agent
    assert lease.handed_back


async def test_sigterm_ends_an_idle_runner_at_once(bench: RunnerBench) -> None:
    async with bench.running(poll_seconds=60) as agent:
        await bench.control_plane.until(lambda: bench.control_plane.lease_requests)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(agent, 5)


async def test_a_lease_lost_during_an_upload_does_not_end_the_runner(bench: RunnerBench) -> None:
    lost = await bench.offer("echo x > a", artifacts=(ArtifactSpec("a", "a"),))
    bench.control_plane.fail_next("/artifacts", times=10_000)
    async with bench.running(max_jobs=2) as agent:
        await bench.control_plane.until(
            lambda: any(
                request.path.endswith("/artifacts") for request in bench.control_plane.requests
            )
        )
        lost.stale = StaleReason.LEASE_EXPIRED
        following = await bench.offer("true")
        await agent
    assert not lost.over
    assert following.completion.status is CompletionStatus.SUCCEEDED
