"""What a runner does with a deployment's job: secrets for its steps only, and maybe no checkout."""

from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

SECRET = "pass-word\nof two lines"
NOTHING = {"url": "", "commit_sha": "", "repo_id": "~deployments"}


async def test_steps_get_the_secrets_of_the_lease_and_the_log_masks_them(
    bench: RunnerBench,
) -> None:
    step = 'echo "token: $TOKEN"; test "$TOKEN" = "pass-word\nof two lines"'
    lease = await bench.offer(step, secrets={"TOKEN": SECRET})
    await bench.run()
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    printed = lease.text.partition("token: ")[2]
    assert "***" in printed
    assert "pass-word" not in printed


async def test_a_secret_of_the_lease_does_not_say_who_the_job_is(bench: RunnerBench) -> None:
    lease = await bench.offer('echo "run $RUN_ID"', secrets={"RUN_ID": "another-run"})
    await bench.run()
    assert f"run {lease.granted.run_id}" in lease.text


async def test_without_a_commit_the_steps_begin_in_an_empty_folder(bench: RunnerBench) -> None:
    lease = await bench.offer('test -z "$(ls -A)" && echo empty', **NOTHING)
    await bench.run()
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert "\nempty\n" in lease.text
    assert "checked out" not in lease.text
    assert bench.leftovers() == []
