import fcntl
import os
import time
from pathlib import Path
from typing import Any

from dirty_equals import IsPartialDict

from deltaci.planner.model import CacheSpec
from deltaci.testing.fake_lease import FakeLease
from deltaci.testing.runner_bench import RunnerBench
from deltaci.wire.runner import CompletionStatus

NODE = CacheSpec("dependency", "lock-1", ("node_modules", "~/.npm"))
FILL = (
    "test -e node_modules/x || { mkdir -p node_modules ~/.npm; echo made > node_modules/x; "
    "ln -s x node_modules/y; echo home > ~/.npm/z; }"
)
SHOW = "cat node_modules/y ~/.npm/z"


async def run_with(bench: RunnerBench, *steps: str, **options: Any) -> FakeLease:
    lease = await bench.offer(*steps, **options)
    await bench.run()
    return lease


def reports(lease: FakeLease) -> list[tuple[bool, bool]]:
    return [(cache.hit, cache.read_only) for cache in lease.completion.caches]


async def test_the_second_job_finds_what_the_first_left(bench: RunnerBench) -> None:
    first = await run_with(bench, FILL, caches=(NODE,))
    second = await run_with(bench, SHOW, caches=(NODE,))
    assert (reports(first), reports(second)) == ([(False, False)], [(True, False)])
    assert second.completion.caches[0].model_dump() == IsPartialDict(
        type="dependency", key="lock-1"
    )
    assert second.text.endswith("made\nhome\n")


async def test_a_failed_job_saves_nothing(bench: RunnerBench) -> None:
    await run_with(bench, FILL, "false", caches=(NODE,))
    again = await run_with(bench, "true", caches=(NODE,))
    assert reports(again) == [(False, False)]


async def test_other_keys_jobs_and_repositories_share_nothing(bench: RunnerBench) -> None:
    await run_with(bench, FILL, caches=(NODE,))
    other_key = CacheSpec("dependency", "lock-2", NODE.paths)
    for options in ({"caches": (other_key,)}, {"caches": (NODE,), "name": "lint"}):
        lease = await run_with(bench, "true", **options)
        assert reports(lease) == [(False, False)]


async def test_forks_read_and_never_write(bench: RunnerBench) -> None:
    fork = await run_with(bench, FILL, caches=(NODE,), fork=True)
    assert reports(fork) == [(False, True)]
    trusted = await run_with(bench, FILL, caches=(NODE,))
    assert reports(trusted) == [(False, False)]
    fork = await run_with(bench, SHOW, caches=(NODE,), fork=True)
    assert reports(fork) == [(True, True)]


async def test_only_build_caches_are_saved_again(bench: RunnerBench) -> None:
    for kind, expected in (("build", "2"), ("dependency", "1")):
        cache = CacheSpec(kind, "k", ("out",))
        for number in (1, 2):
            await run_with(bench, f"mkdir -p out; echo {number} > out/n", caches=(cache,))
        last = await run_with(bench, "cat out/n", caches=(cache,))
        assert last.text.partition("cat out/n\n")[2].startswith(f"{expected}\n")


async def test_runners_on_one_machine_share_a_cache_folder(
    bench: RunnerBench, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    first = await bench.offer(FILL, caches=(NODE,))
    await bench.run(cache_dir=shared, work_dir=tmp_path / "one")
    second = await bench.offer(SHOW, caches=(NODE,))
    await bench.run(cache_dir=shared, work_dir=tmp_path / "two")
    assert (reports(first), reports(second)) == ([(False, False)], [(True, False)])


async def test_a_cache_that_cannot_be_read_costs_nothing_but_time(bench: RunnerBench) -> None:
    await run_with(bench, FILL, caches=(NODE,))
    lease = await run_with(bench, FILL, caches=(NODE, NODE))
    assert lease.completion.status is CompletionStatus.SUCCEEDED
    assert "not restored: node_modules already exists" in lease.text


async def test_an_entry_that_another_runner_replaces_is_done_without(bench: RunnerBench) -> None:
    await run_with(bench, FILL, caches=(NODE,))
    (entry,) = bench.config.resolved_cache_dir.glob("*/*.lock")
    with entry.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lease = await run_with(bench, FILL, caches=(NODE,))
    assert reports(lease) == [(False, False)]
    assert "not restored: another runner is using it" in lease.text
    assert "not saved: another runner is using it" in lease.text


async def test_what_a_killed_runner_was_saving_is_removed_in_time(bench: RunnerBench) -> None:
    root = bench.config.resolved_cache_dir
    for name, age_seconds in (("new-old", 100_000), ("new-young", 100)):
        (root / name).mkdir(parents=True)
        os.utime(root / name, (0, time.time() - age_seconds))
    await run_with(bench, FILL, caches=(NODE,))
    assert [path.name for path in root.glob("new-*")] == ["new-young"]


async def test_the_least_recently_used_entries_are_dropped(bench: RunnerBench) -> None:
    await run_with(bench, FILL, caches=(NODE,))
    (repository,) = (path for path in bench.config.resolved_cache_dir.iterdir() if path.is_dir())
    for number in range(60):
        entry = repository / f"older-{number}"
        entry.mkdir()
        os.utime(entry, (number, number))
    await run_with(bench, FILL, caches=(CacheSpec("dependency", "lock-2", NODE.paths),))
    left = {path.name for path in repository.iterdir() if path.is_dir()}
    assert len(left) == 50
    assert "older-59" in left
    assert "older-0" not in left
