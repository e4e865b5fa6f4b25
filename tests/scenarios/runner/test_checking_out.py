import shutil
from pathlib import Path

from deltaci.testing.fake_lease import FakeLease
from deltaci.testing.repositories import MakeRepository
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus


async def check_out(bench: RunnerBench, **options: object) -> FakeLease:
    lease = await bench.offer("cat README.md; git log --oneline | wc -l", **options)
    await bench.run()
    return lease


def object_cache(bench: RunnerBench) -> Path:
    (cache,) = (bench.config.work_dir / "repositories").iterdir()
    return cache


async def test_a_commit_that_was_fetched_needs_no_source(bench: RunnerBench) -> None:
    first = await check_out(bench)
    shutil.move(bench.repository.path, bench.repository.path.with_name("gone"))
    again = await bench.control_plane.offer(first.granted.job_spec, first.granted.checkout)
    await bench.run()
    assert again.completion.status is CompletionStatus.SUCCEEDED


async def test_each_commit_of_a_branch_can_be_checked_out(bench: RunnerBench) -> None:
    for number in range(3):
        bench.repository.commit({"README.md": f"version {number}\n"})
        lease = await check_out(bench)
        assert lease.text.endswith(f"version {number}\n1\n")


async def test_history_is_there_when_it_is_configured(bench: RunnerBench) -> None:
    bench.repository.commit()
    bench.repository.commit()
    lease = await bench.offer("git log --oneline | wc -l")
    await bench.run(fetch_depth=0)
    assert lease.text.endswith("\n3\n")


async def test_a_commit_that_no_branch_reaches_any_more(bench: RunnerBench) -> None:
    lost = bench.repository.commit({"README.md": "lost\n"})
    bench.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    lease = await check_out(bench, commit_sha=lost)
    assert "\nlost\n" in lease.text


async def test_an_unknown_commit_fails_the_job(bench: RunnerBench) -> None:
    lease = await check_out(bench, commit_sha="0" * 39 + "1")
    assert lease.completion.summary == "git could not fetch the commit"
    assert lease.completion.exit_code is None


async def test_a_broken_object_cache_is_made_anew(bench: RunnerBench) -> None:
    await check_out(bench)
    shutil.rmtree(object_cache(bench) / "objects" / "pack")
    lease = await check_out(bench)
    assert lease.completion.status is CompletionStatus.SUCCEEDED


async def test_a_lock_that_a_killed_fetch_left_does_no_harm(bench: RunnerBench) -> None:
    await check_out(bench)
    (object_cache(bench) / "shallow.lock").touch()
    bench.repository.commit({"README.md": "next\n"})
    lease = await check_out(bench)
    assert "\nnext\n" in lease.text


async def test_a_path_that_looks_like_an_escaped_address(
    bench: RunnerBench, git_repo: MakeRepository
) -> None:
    odd = git_repo({"README.md": "odd\n"}, name="a b%41?x#y")
    lease = await check_out(bench, url=str(odd.path), commit_sha=odd.head)
    assert "\nodd\n" in lease.text


async def test_submodule_paths_and_lfs_pointers_stay_as_they_are(bench: RunnerBench) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    bench.repository.commit(
        {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.bin": pointer}
    )
    lease = await bench.offer("cat a.bin")
    await bench.run()
    assert lease.text.endswith(pointer)
