import os
from pathlib import Path

import pytest
from dirty_equals import IsPartialDict, IsPositive

from deltaci.planner.model import ArtifactSpec
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus, TestSummary

SUCCEEDED, FAILED = CompletionStatus.SUCCEEDED, CompletionStatus.FAILED


def is_alive(pid: str) -> bool:
    return Path("/proc", pid).exists()


async def test_steps_run_in_order_in_the_commit_checked_out(bench: RunnerBench) -> None:
    lease = await bench.offer("cat README.md", "git rev-parse HEAD; git status --porcelain")
    await bench.run()
    assert lease.completion.status is SUCCEEDED
    assert lease.completion.exit_code == 0
    assert "$ cat README.md\nhello\n$ git rev-parse" in lease.text
    assert lease.text.endswith(f"\n{lease.granted.checkout.commit_sha}\n")
    assert bench.leftovers() == []


async def test_each_step_is_reported_with_its_place_in_the_log(bench: RunnerBench) -> None:
    lease = await bench.offer("echo one", "echo two; exit 7", "echo never")
    await bench.run()
    first, second = lease.completion.steps
    assert first.model_dump() == IsPartialDict(index=0, command="echo one", exit_code=0)
    assert second.model_dump() == IsPartialDict(index=1, exit_code=7, duration_seconds=IsPositive)
    assert lease.log[first.log_offset :].startswith(b"one\n$ echo two")
    assert lease.log[second.log_offset :].startswith(b"two\n")
    assert "never" not in lease.text.replace("echo never", "")


async def test_a_failing_step_fails_the_job_with_its_exit_code(bench: RunnerBench) -> None:
    lease = await bench.offer("true", "false; echo not reached", "true")
    await bench.run()
    assert (lease.completion.status, lease.completion.exit_code) == (FAILED, 1)
    assert lease.completion.summary == ("step 2 'false; echo not reached' failed: exit status 1")


async def test_a_step_killed_by_a_signal_says_so(bench: RunnerBench) -> None:
    lease = await bench.offer("kill -9 $$")
    await bench.run()
    assert lease.completion.exit_code == 137
    assert lease.completion.summary.endswith("failed: killed by signal 9")


async def test_jobs_see_their_identity_and_nothing_of_the_runner(
    bench: RunnerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-cloud-key")
    lease = await bench.offer("env; ls -a ~; ls -a $TMPDIR", env={"COLOUR": "red", "CI": "false"})
    await bench.run(pass_env=("LANG",))
    lines = lease.text.splitlines()
    assert {"CI=true", "COLOUR=red", "RUN_ID=run_1", "JOB_ID=job_1"} <= set(lines)
    assert {"DELTA_CI_REPO_ID=acme/app", "DELTA_CI_ATTEMPT=1"} <= set(lines)
    assert "the-cloud-key" not in lease.text
    assert lease.granted.lease_id not in lease.text
    assert "runner-token" not in lease.text


async def test_passed_variables_are_masked_in_the_log(
    bench: RunnerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_TOKEN", "correct-horse-battery")
    lease = await bench.offer("printf correct-horse-; printf 'battery\\n'; echo $NPM_TOKEN | wc -c")
    await bench.run(pass_env=("NPM_TOKEN",))
    assert "correct-horse" not in lease.text.partition("\n")[2].partition("\n")[2]
    assert "***\n22\n" in lease.text


async def test_a_forks_job_is_passed_nothing(
    bench: RunnerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_TOKEN", "correct-horse-battery")
    lease = await bench.offer("echo ${NPM_TOKEN:-none}", fork=True)
    await bench.run(pass_env=("NPM_TOKEN",))
    assert lease.text.endswith("\nnone\n")


async def test_a_secret_cut_in_two_by_the_pipe_is_masked(
    bench: RunnerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_TOKEN", "correct-horse-battery")
    script = "head -c 65526 /dev/zero | tr '\\0' x; printf %s correct-horse-battery; echo"
    lease = await bench.offer(script.replace("correct-horse-battery", '"$NPM_TOKEN"'))
    await bench.run(pass_env=("NPM_TOKEN",))
    assert "x***\n" in lease.text
    assert "horse" not in lease.text


async def test_the_workdir_is_honoured(bench: RunnerBench) -> None:
    bench.repository.commit({"services/api/main.py": "print('api')\n"})
    lease = await bench.offer("basename $PWD; ls", workdir="services/api")
    await bench.run()
    assert "\napi\nmain.py\n" in lease.text


async def test_a_missing_workdir_fails_the_job(bench: RunnerBench) -> None:
    lease = await bench.offer("true", workdir="nowhere")
    await bench.run()
    assert lease.completion.summary == "the repository has no folder 'nowhere'"
    assert lease.completion.steps == []


async def test_background_processes_last_until_the_job_ends(
    bench: RunnerBench, tmp_path: Path
) -> None:
    lease = await bench.offer("sleep 300 & echo $! > $HOME/pid", "kill -0 $(cat ~/pid); cat ~/pid")
    await bench.run()
    assert lease.completion.status is SUCCEEDED
    assert not is_alive(lease.text.splitlines()[-1])


async def test_ten_megabytes_of_output_arrive_complete(bench: RunnerBench) -> None:
    lease = await bench.offer("seq -w 1 1250000")
    await bench.run()
    lines = lease.text.partition("1250000\n")[2].splitlines()
    assert len(lines) == 1_250_000
    assert lines[-1] == "1250000"


async def test_a_log_over_the_servers_limit_does_not_hold_the_job_up(bench: RunnerBench) -> None:
    lease = await bench.offer("seq 1 100000")
    lease.log_limit = 1000
    await bench.run()
    assert lease.completion.status is SUCCEEDED
    assert len(lease.log) <= 1000


async def test_a_log_over_the_runners_limit_is_cut_and_says_so(bench: RunnerBench) -> None:
    lease = await bench.offer("seq 1 100000")
    await bench.run(log_max_bytes=2000)
    assert lease.text.endswith("[delta-ci] log limit reached, the rest is dropped\n")
    assert len(lease.log) == 2000


async def test_output_that_is_not_text_arrives_unchanged(bench: RunnerBench) -> None:
    lease = await bench.offer("printf '\\377\\376\\000\\n'")
    await bench.run()
    assert bytes(lease.log).endswith(b"\xff\xfe\x00\n")


async def test_jobs_follow_one_another(bench: RunnerBench) -> None:
    leases = [await bench.offer(f"echo job {number}") for number in range(3)]
    async with bench.running(max_jobs=3) as agent:
        await agent
    assert [lease.completion.status for lease in leases] == [SUCCEEDED] * 3


async def test_once_returns_when_there_is_no_job(bench: RunnerBench) -> None:
    async with bench.running(once=True) as agent:
        await agent
    assert [request.wait_seconds for request in bench.control_plane.lease_requests] == [0]


async def test_what_the_runner_offers(bench: RunnerBench) -> None:
    async with bench.running(once=True, labels=("gpu",)) as agent:
        await agent
    offered = bench.control_plane.lease_requests[0].capabilities
    assert offered == ["gpu", "os:linux", f"arch:{os.uname().machine}", "executor:process"]


async def test_a_job_with_an_image_is_not_run_as_a_process(bench: RunnerBench) -> None:
    lease = await bench.offer("true", image="python:3.12")
    await bench.run()
    assert lease.completion.summary == "this runner cannot run container images"


async def test_artifacts_are_stored(bench: RunnerBench) -> None:
    artifacts = (ArtifactSpec("dist", "dist/**/*.whl"), ArtifactSpec("empty", "none"))
    lease = await bench.offer(
        "mkdir -p dist/a; printf wheel > dist/a/x.whl; : > none; touch dist/y.txt",
        artifacts=artifacts,
    )
    await bench.run()
    assert lease.artifacts == {("dist", "dist/a/x.whl"): b"wheel", ("empty", "none"): b""}


async def test_artifacts_of_a_failed_job_are_stored_too(bench: RunnerBench) -> None:
    lease = await bench.offer("echo why > report; exit 1", artifacts=(ArtifactSpec("r", "report"),))
    await bench.run()
    assert lease.completion.status is FAILED
    assert lease.artifacts == {("r", "report"): b"why\n"}


async def test_an_artifact_upload_goes_on_after_a_dropped_connection(bench: RunnerBench) -> None:
    bench.control_plane.fail_next("/artifacts", times=2)
    lease = await bench.offer(
        "head -c 3000000 /dev/urandom > big", artifacts=(ArtifactSpec("data", "big"),)
    )
    await bench.run()
    assert len(lease.artifacts["data", "big"]) == 3_000_000


async def test_test_reports_are_read(bench: RunnerBench) -> None:
    report = (
        '<testsuites><testsuite><testcase classname="a" name="ok"/><testcase classname="a" '
        'name="bad"><failure message="1 != 2"/></testcase></testsuite></testsuites>'
    )
    lease = await bench.offer(
        f"echo '{report}' > r.xml", artifacts=(ArtifactSpec("junit", "*.xml"),)
    )
    await bench.run()
    tests = lease.completion.tests
    assert tests is not None
    assert (tests.total, tests.failed, tests.failures[0].name) == (2, 1, "a::bad")


async def test_a_broken_test_report_changes_nothing(bench: RunnerBench) -> None:
    lease = await bench.offer("echo '<a><b>' > r.xml", artifacts=(ArtifactSpec("junit", "r.xml"),))
    await bench.run()
    assert lease.completion.status is SUCCEEDED
    assert lease.completion.tests == TestSummary()
    assert "test report r.xml was not read: not well-formed XML" in lease.text
