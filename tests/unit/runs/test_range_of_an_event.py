"""Where the change begins that a forge told us of."""

from dataclasses import replace

import pytest

from deltaci.runs.rerun import rerun
from deltaci.store.tables import RunTrigger
from deltaci.testing.factories import ONE_JOB, Factory
from deltaci.testing.memory_commits import config
from deltaci.vcs.port import PullRequest, Push
from deltaci.wire.runs import RerunRequest

FILES = config(ONE_JOB)
HEAD = "refs/pull/7/head"


def pushed(sha: str, ref: str = "refs/heads/main", before: str | None = None) -> Push:
    return Push(ref=ref, commit_sha=sha, before_sha=before, sender="ada")


def proposed(sha: str, target_sha: str | None = None) -> PullRequest:
    return PullRequest(
        number=7,
        action="opened",
        ref=HEAD,
        head_sha=sha,
        head_ref="topic",
        head_repository="acme/shop",
        target_ref="refs/heads/main",
        target_sha=target_sha,
        fork=False,
        draft=False,
        sender="ada",
    )


async def seen_base(factory: Factory, run_id: str) -> str | None:
    await factory.plan(run_id)
    return factory.commits.compared[-1][0]


async def test_a_push_begins_where_the_ref_pointed_before(factory: Factory) -> None:
    before = factory.commits.commit(FILES)
    factory.commits.commit(FILES)
    run = await factory.delivered(pushed(factory.commits.commit(FILES), before=before))

    assert await seen_base(factory, run) == before


async def test_a_push_whose_past_is_gone_begins_where_it_left_the_default_branch(
    factory: Factory,
) -> None:
    root = factory.commits.commit(FILES)
    factory.commits.branch("topic")
    lost = factory.commits.commit(FILES, "lost")
    factory.commits.forget(lost)
    factory.commits.commit(FILES, "topic")
    head = factory.commits.commit(FILES, "topic")
    run = await factory.delivered(pushed(head, "refs/heads/topic", before=lost))

    assert await seen_base(factory, run) == root


async def test_a_new_branch_begins_where_it_left_the_default_branch(factory: Factory) -> None:
    root = factory.commits.commit(FILES)
    factory.commits.branch("topic")
    factory.commits.commit(FILES)
    factory.commits.commit(FILES, "topic")
    head = factory.commits.commit(FILES, "topic")
    run = await factory.delivered(pushed(head, "refs/heads/topic"))

    assert await seen_base(factory, run) == root


async def test_the_first_push_of_all_is_compared_with_nothing(factory: Factory) -> None:
    run = await factory.delivered(pushed(factory.commits.commit(FILES)))

    assert await seen_base(factory, run) is None


@pytest.mark.parametrize("says_where_its_target_is", [True, False])
async def test_a_pull_request_begins_where_it_left_its_target(
    factory: Factory, says_where_its_target_is: bool
) -> None:
    root = factory.commits.commit(FILES)
    factory.commits.branch(HEAD)
    target = factory.commits.commit(FILES)
    factory.commits.commit(FILES, HEAD)
    head = factory.commits.commit(FILES, HEAD)
    event = proposed(head, target if says_where_its_target_is else None)
    run = await factory.delivered(event)

    assert await seen_base(factory, run) == root


async def test_a_target_that_was_pushed_over_counts_as_it_is_now(factory: Factory) -> None:
    factory.commits.commit(FILES)
    factory.commits.branch(HEAD)
    head = factory.commits.commit(FILES, HEAD)
    factory.commits.branch("main", HEAD)
    gone = factory.commits.commit(FILES, "lost")
    factory.commits.forget(gone)
    run = await factory.delivered(proposed(factory.commits.commit(FILES, HEAD), gone))

    assert await seen_base(factory, run) == head


async def test_a_pull_request_into_a_branch_that_is_gone_is_compared_with_nothing(
    factory: Factory,
) -> None:
    run = await factory.delivered(proposed(factory.commits.commit(FILES, HEAD)))

    assert await seen_base(factory, run) is None


async def test_a_pull_request_without_common_history_is_compared_with_nothing(
    factory: Factory,
) -> None:
    factory.commits.commit(FILES)
    run = await factory.delivered(proposed(factory.commits.commit(FILES, HEAD)))

    assert await seen_base(factory, run) is None


async def test_a_rerun_inherits_range_event_and_fork(factory: Factory) -> None:
    root = factory.commits.commit(FILES)
    factory.commits.branch(HEAD)
    head = factory.commits.commit(FILES, HEAD)
    run = await factory.delivered(replace(proposed(head), fork=True))

    again = await rerun(factory.core, "ada", run, RerunRequest(), None)

    assert await seen_base(factory, again.run_id) == root
    row = await factory.rows.run(again.run_id)
    trigger = await factory.rows.one(RunTrigger, RunTrigger.run_id == again.run_id)
    assert (row.fork, trigger.pr_number, trigger.event_type) == (True, 7, "pull_request")


@pytest.mark.parametrize("by_hand", [True, False])
async def test_only_a_forges_word_replaces_the_proof_that_a_commit_is_the_repositorys(
    factory: Factory, by_hand: bool
) -> None:
    head = factory.commits.commit(FILES)
    run = await factory.run(FILES) if by_hand else await factory.delivered(pushed(head))

    await factory.plan(run)

    commit_sha = (await factory.rows.run(run)).commit_sha
    assert factory.commits.brought[commit_sha] is not by_hand
