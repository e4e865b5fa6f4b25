"""`/ci …` in comments: done once for people who may push, and not at all for anybody else."""

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import Client
from temporalio.service import RPCError

from deltaci.ids import workflow_id
from deltaci.store.tables import Run, RunTrigger, WebhookDelivery
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.linked_repository import STRANGER, Link, LinkedRepository
from deltaci.testing.waiting import until
from deltaci.vcs.port import Provider
from deltaci.wire.forges import DeliveryOutcome

COMMANDS = ["/ci rerun", "/ci rerun test", "/ci cancel", "/ci why test", "/ci why src/shop.py"]
NUMBER = 5
TIMES = 5
SLOW_SECONDS = 0.7
"""Less than a forge is waited for."""

on_each_database = pytest.mark.parametrize(
    "stack", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


def jobs(bench: CiBench) -> dict[str, Any]:
    return {
        "lint": {"steps": [bench.trace("lint")], "paths": ["src/**"]},
        "test": {"steps": [bench.trace("test")], "paths": ["src/**"]},
        "page": {"steps": ["true"], "paths": ["docs/**"]},
    }


def opened(linked: LinkedRepository) -> str:
    """Open the pull request and return its run."""
    return linked.run_of(linked.opened(NUMBER, {"src/shop.py": "1"}))


def runs_of(linked: LinkedRepository) -> list[str]:
    """The runs of the pull request, oldest first."""
    question = (
        select(Run.id)
        .join(RunTrigger, RunTrigger.run_id == Run.id)
        .where(Run.repo_id == linked.git.path.name)
        .order_by(Run.created_at, Run.id)
    )
    return [run_id for (run_id,) in linked.bench.ledger.all(question)]


def say(linked: LinkedRepository, body: str, **author: str) -> None:
    """Comment, and have the forge tell of it as often as forges do, by two webhooks."""
    remark = linked.remarked(NUMBER, body, **author)
    for _ in range(2):
        answer = linked.deliver(remark, TIMES)
        assert answer["outcome"] == DeliveryOutcome.COMMAND


def until_looked_into(linked: LinkedRepository) -> None:
    """Wait until each command has been done, or not."""
    until(lambda: not linked.bench.ledger.promised(), "every command was handed over")
    asyncio.run(ended(linked))


async def ended(linked: LinkedRepository) -> None:
    """Return when every command's workflow has; few deliveries of a comment have one."""
    client = await Client.connect(linked.bench.stack.temporal_address)
    repo_id = linked.git.path.name
    question = select(WebhookDelivery.id).where(
        WebhookDelivery.repo_id == repo_id, WebhookDelivery.outcome == DeliveryOutcome.COMMAND
    )
    for (delivery_id,) in linked.bench.ledger.all(question):
        with contextlib.suppress(RPCError):
            await client.get_workflow_handle(workflow_id("command", delivery_id)).result()


@on_each_database
def test_a_rerun_is_asked_for_in_a_comment(bench: CiBench, link: Link) -> None:
    linked = link(jobs(bench))
    first = opened(linked)
    linked.until_reported(first)

    say(linked, "Once more, please:\n\n/ci rerun")
    until(lambda: len(runs_of(linked)) == 2, "the run is run again")
    _, whole = runs_of(linked)
    linked.until_reported(whole)
    say(linked, "/ci rerun test")
    until(lambda: len(runs_of(linked)) == 3, "a job is run again")
    part = runs_of(linked)[-1]
    linked.until_reported(part)

    until_looked_into(linked)
    assert runs_of(linked) == [first, whole, part]
    assert (bench.traces("lint"), bench.traces("test")) == (2, 3)
    assert bench.read(part)["run"]["original_run_id"] == whole
    assert len(linked.comments(NUMBER)) == len([first, whole, part])


def test_a_cancel_is_asked_for_in_a_comment(bench: CiBench, link: Link) -> None:
    linked = link({"test": {"steps": [bench.gate("never")]}}, Provider.GITHUB)
    run = opened(linked)
    bench.until_traced("never")
    say(linked, "/ci cancel")
    assert bench.until_ended(run) == "CANCELED"
    linked.until_reported(run)
    until_looked_into(linked)
    assert runs_of(linked) == [run]


def test_questions_are_answered_once_in_a_comment(bench: CiBench, link: Link) -> None:
    linked = link(jobs(bench))
    linked.until_reported(opened(linked))
    for asked in ("test", "page", "src/shop.py"):
        say(linked, f"/ci why {asked}")
    until_looked_into(linked)
    _, *answers = linked.comments(NUMBER)
    assert len(answers) == 3
    assert any("`test` is SUCCEEDED" in answer for answer in answers)
    assert any("`page` did not run" in answer for answer in answers)
    assert any("`src/shop.py` alone leads to" in answer for answer in answers)


def test_whoever_may_not_push_is_ignored_in_silence(bench: CiBench, link: Link) -> None:
    linked = link(jobs(bench) | {"slow": {"steps": [bench.gate("slow")]}})
    run = opened(linked)
    bench.until_traced("slow")
    for command in COMMANDS:
        say(linked, command, author=STRANGER)
        say(linked, command, author="nobody-known")
    until_looked_into(linked)
    assert linked.comments(NUMBER) == []
    bench.open("slow")
    assert bench.until_ended(run) == "SUCCEEDED"
    linked.until_reported(run)
    assert runs_of(linked) == [run]
    assert len(linked.comments(NUMBER)) == 1


def test_a_worker_that_dies_on_the_way_doubles_nothing(bench: CiBench, link: Link) -> None:
    linked = link(jobs(bench))
    first = opened(linked)
    linked.until_reported(first)
    fake = linked.forge.fake
    fake.faults.delay(SLOW_SECONDS)
    say(linked, "/ci why test")
    say(linked, "/ci rerun")
    until(lambda: is_answering(linked), "an answer is on its way")
    bench.stack["worker-1"].kill()
    fake.faults.delay(0)
    bench.stack["worker-1"].start()

    until_looked_into(linked)
    assert len(runs_of(linked)) == 2
    again = runs_of(linked)[-1]
    linked.until_reported(again)
    assert bench.traces("test") == 2
    answers = [said for said in linked.comments(NUMBER) if "`test` is" in said]
    assert len(answers) == 1


def is_answering(linked: LinkedRepository) -> bool:
    """Whether the forge has been asked to show a comment that it does not show yet."""
    path = f"/repos/{linked.full_name}/issues/{NUMBER}/comments"
    asked = [each for each in list(linked.forge.fake.requests) if each.path.endswith(path)]
    writing = [each for each in asked if each.method == "POST"]
    return len(writing) > len(linked.comments(NUMBER))
