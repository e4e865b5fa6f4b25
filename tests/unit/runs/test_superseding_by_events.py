"""A new head of a pull request takes the old one's place, however forges deliver."""

from dataclasses import replace

import pytest

from deltaci.runs.supersede import supersede_older
from deltaci.states import RunState
from deltaci.testing.factories import ONE_JOB, Factory
from deltaci.testing.memory_commits import config
from deltaci.vcs.port import PullRequest, Push

FILES = config(ONE_JOB)
KEEPING = config(ONE_JOB, cancel_superseded=False)
CANCELING = config(ONE_JOB, cancel_superseded=True)
HEAD = "refs/pull/7/head"


def proposed(sha: str) -> PullRequest:
    return PullRequest(
        number=7,
        action="synchronize",
        ref=HEAD,
        head_sha=sha,
        head_ref="topic",
        head_repository="acme/shop",
        target_ref="refs/heads/main",
        target_sha=None,
        fork=False,
        draft=False,
        sender="ada",
    )


async def two_heads(factory: Factory, files: dict[str, str] = FILES) -> tuple[str, str]:
    """The commits of two heads of a pull request, the second building on the first."""
    factory.commits.commit(files)
    factory.commits.branch(HEAD)
    return factory.commits.commit(files, HEAD), factory.commits.commit(files, HEAD)


async def states(factory: Factory, *runs: str) -> list[RunState]:
    return [await factory.rows.run_state(run) for run in runs]


async def test_a_new_head_supersedes_the_run_of_the_old_one(factory: Factory) -> None:
    old_sha, new_sha = await two_heads(factory)
    old = await factory.delivered(proposed(old_sha))
    await factory.plan(old)
    new = await factory.delivered(proposed(new_sha))
    await factory.plan(new)

    assert await states(factory, old, new) == [RunState.CANCEL_REQUESTED, RunState.QUEUED]
    assert (await factory.rows.run(old)).superseded_by == new


async def test_an_old_head_that_is_delivered_late_is_superseded_itself(factory: Factory) -> None:
    old_sha, new_sha = await two_heads(factory)
    new = await factory.delivered(proposed(new_sha))
    await factory.plan(new)
    late = await factory.delivered(proposed(old_sha))
    await factory.plan(late)

    assert await states(factory, late, new) == [RunState.CANCEL_REQUESTED, RunState.QUEUED]
    assert (await factory.rows.run(late)).superseded_by == new


async def test_an_old_head_that_is_planned_first_leaves_the_new_one_alone(
    factory: Factory,
) -> None:
    old_sha, new_sha = await two_heads(factory)
    new = await factory.delivered(proposed(new_sha))
    late = await factory.delivered(proposed(old_sha))
    await factory.plan(late)
    await factory.plan(new)

    assert await states(factory, late, new) == [RunState.CANCEL_REQUESTED, RunState.QUEUED]


async def test_both_go_on_while_nobody_knows_which_head_is_the_newer(factory: Factory) -> None:
    old_sha, new_sha = await two_heads(factory)
    new = await factory.delivered(proposed(new_sha))
    late = await factory.delivered(proposed(old_sha))
    await factory.under(supersede_pull_requests=False).plan(late)

    factory.commits.reachable = False
    await supersede_older(factory.core, factory.commits, await factory.rows.run(late))

    assert await states(factory, late, new) == [RunState.QUEUED, RunState.CREATED]


async def test_a_head_that_was_pushed_over_is_superseded_by_what_came_last(
    factory: Factory,
) -> None:
    factory.commits.commit(FILES)
    factory.commits.branch(HEAD)
    factory.commits.branch("other")
    first = factory.commits.commit(FILES, HEAD)
    forced = factory.commits.commit(FILES, "other")
    old = await factory.delivered(proposed(first))
    await factory.plan(old)
    new = await factory.delivered(proposed(forced))
    await factory.plan(new)

    assert await states(factory, old, new) == [RunState.CANCEL_REQUESTED, RunState.QUEUED]


async def test_a_pull_request_of_a_branchs_own_ref_supersedes_its_own_runs_only(
    factory: Factory,
) -> None:
    branch = "refs/heads/topic"
    shas = [factory.commits.commit(CANCELING, branch) for _ in range(2)]
    ours, theirs = [
        await factory.delivered(replace(proposed(shas[0]), number=number, ref=branch))
        for number in (7, 8)
    ]
    pushed = await factory.delivered(Push(branch, shas[0], None, "ada"))
    for run in (ours, theirs, pushed):
        await factory.plan(run)
    newer = await factory.delivered(replace(proposed(shas[1]), ref=branch))
    await factory.plan(newer)

    assert await states(factory, ours, theirs, pushed, newer) == [
        RunState.CANCEL_REQUESTED, RunState.QUEUED, RunState.QUEUED, RunState.QUEUED,
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["by ci.ai.yaml", "by the settings"])
async def test_both_go_on_where_that_is_wanted(factory: Factory, how: str) -> None:
    in_file = how == "by ci.ai.yaml"
    here = factory if in_file else factory.under(supersede_pull_requests=False)
    old_sha, new_sha = await two_heads(here, KEEPING if in_file else FILES)
    old, new = [await here.delivered(proposed(sha)) for sha in (old_sha, new_sha)]
    for run in (old, new):
        await here.plan(run)

    assert await states(here, old, new) == [RunState.QUEUED, RunState.QUEUED]


@pytest.mark.parametrize(("excluded", "left"), [("", 1), ("dev, release/*", 2), ("release", 1)])
async def test_runs_of_excluded_branches_are_never_superseded(
    factory: Factory, excluded: str, left: int
) -> None:
    here = factory.under(supersede_never=excluded)
    runs = []
    for _ in range(2):
        sha = here.commits.commit(CANCELING, "release/1")
        event = Push("refs/heads/release/1", sha, None, "ada")
        runs.append(await here.delivered(replace(event, before_sha=None)))
        await here.plan(runs[-1])

    assert (await states(here, *runs)).count(RunState.QUEUED) == left
