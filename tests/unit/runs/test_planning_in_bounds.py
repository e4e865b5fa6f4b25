"""Planning blocks nobody, ends in time, and is not asked for too often at once."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pytest

from deltaci.errors import UnavailableError
from deltaci.planner.model import Tree, TreeEntry
from deltaci.runs.preview import preview_plan
from deltaci.states import RunState
from deltaci.testing.factories import ONE_JOB, REPOSITORY, Factory
from deltaci.testing.memory_commits import MemoryCommits, config
from deltaci.wire.plans import DiffSummary, MakePlan


@dataclass
class WaitingTree:
    """A tree whose files can be read once `allowed` is set, which only the event loop does."""

    tree: Tree
    reading: threading.Event
    allowed: threading.Event

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        return self.tree.entries

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        self.reading.set()
        assert self.allowed.wait(10), "nobody else came to do anything"
        return self.tree.read_many(paths)


class WaitingCommits(MemoryCommits):
    """Commits whose trees wait, or that never arrive at all."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.allowed = threading.Event(), threading.Event()
        self.arrive = True

    def __call__(self, repo_id: str, url: str) -> "WaitingCommits":
        return self

    async def bring(self, commit_sha: str, ref: str, *, vouched: bool = False) -> None:
        if not self.arrive:
            await asyncio.Event().wait()
        await super().bring(commit_sha, ref, vouched=vouched)

    async def tree(self, commit_sha: str) -> Tree:
        return WaitingTree(await super().tree(commit_sha), self.reading, self.allowed)


@pytest.fixture
def commits() -> WaitingCommits:
    return WaitingCommits()


@pytest.fixture
def with_commits(factory: Factory, commits: WaitingCommits) -> Factory:
    return replace(factory, commits=commits)


def wanted(sha: str) -> MakePlan:
    return MakePlan(repo_id=REPOSITORY, commit_sha=sha, diff_summary=DiffSummary())


async def allow_once_read(commits: WaitingCommits) -> None:
    async with asyncio.timeout(10):
        while not commits.reading.is_set():  # noqa: ASYNC110 - a thread is what changes
            await asyncio.sleep(0.01)
    commits.allowed.set()


async def test_everything_else_goes_on_while_a_run_is_planned(
    with_commits: Factory, commits: WaitingCommits
) -> None:
    run_id = await with_commits.run()

    planned, _ = await asyncio.gather(with_commits.plan(run_id), allow_once_read(commits))

    assert [job.name for job in planned.jobs] == ["build"]


async def test_everything_else_goes_on_while_a_plan_is_previewed(
    with_commits: Factory, commits: WaitingCommits
) -> None:
    await with_commits.repository()
    sha = commits.commit(config(ONE_JOB))

    answer, _ = await asyncio.gather(
        preview_plan(with_commits.core, commits, wanted(sha)), allow_once_read(commits)
    )

    assert [job.name for job in answer.jobs] == ["build"]


async def test_planning_that_takes_too_long_is_tried_again(
    with_commits: Factory, commits: WaitingCommits
) -> None:
    commits.arrive = False
    hurried = with_commits.under(plan_timeout_seconds=0.05)
    run_id = await hurried.run()

    with pytest.raises(UnavailableError, match=r"planning took longer than 0\.05 s"):
        await asyncio.wait_for(hurried.plan(run_id), 5)

    assert await hurried.rows.run_state(run_id) is RunState.PLANNING


async def test_a_preview_that_takes_too_long_is_an_outage(
    with_commits: Factory, commits: WaitingCommits
) -> None:
    commits.arrive = False
    hurried = with_commits.under(plan_timeout_seconds=0.05)
    await hurried.repository()
    sha = commits.commit(config(ONE_JOB))

    with pytest.raises(UnavailableError, match=r"planning took longer than 0\.05 s"):
        await preview_plan(hurried.core, commits, wanted(sha))


async def test_one_preview_too_many_is_refused_at_once(
    with_commits: Factory, commits: WaitingCommits
) -> None:
    commits.arrive = False
    hurried = with_commits.under(plan_timeout_seconds=1)
    await hurried.repository()
    request = wanted(commits.commit(config(ONE_JOB)))

    answers = await asyncio.gather(
        *(preview_plan(hurried.core, commits, request) for _ in range(5)), return_exceptions=True
    )

    assert [str(answer) for answer in answers].count("too much planning is under way; try again")
