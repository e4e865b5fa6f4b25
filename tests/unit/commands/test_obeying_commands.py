"""A command is done once, however often it is looked into, and only for who may push."""

import asyncio
from typing import Any

import pytest

from deltaci.states import RunState
from deltaci.testing.memory_forge import Fault, SenderDiedError
from deltaci.vcs.port import ForgeUnavailableError

EVERYTHING = ["/ci rerun", "/ci rerun test", "/ci cancel", "/ci why test", "/ci why main.py"]


async def test_a_rerun_is_made_once_though_its_worker_dies_at_the_end(commander: Any) -> None:
    original = await commander.open()
    asked = await commander.say("/ci rerun test")
    await commander.obey(asked)
    _, again = await commander.runs()
    await commander.factory.plan(again.id)

    await commander.obey(asked)
    await asyncio.gather(*(commander.obey(asked) for _ in range(3)))

    assert len(await commander.runs()) == 2
    assert (again.original_run_id, again.job_filter) == (original, ["test"])
    assert again.created_by == "gitea:wanda"
    assert commander.answers == []


async def test_two_that_look_into_it_at_once_make_one_rerun(commander: Any) -> None:
    await commander.open()
    asked = await commander.say("/ci rerun")
    await asyncio.gather(*(commander.obey(asked) for _ in range(4)))
    assert len(await commander.runs()) == 2


async def test_another_comment_reruns_the_rerun(commander: Any) -> None:
    await commander.open()
    await commander.obey(await commander.say("/ci rerun", comment_id="1"))
    await commander.obey(await commander.say("/ci rerun", comment_id="2"))
    first, second, third = await commander.runs()
    assert (second.original_run_id, third.original_run_id) == (first.id, second.id)


@pytest.mark.parametrize(("command", "jobs"), [("/ci rerun", None), ("/ci rerun build", ["build"])])
async def test_after_a_rerun_in_part_the_whole_is_there_to_be_rerun(
    commander: Any, command: str, jobs: list[str] | None
) -> None:
    whole = await commander.open()
    await commander.obey(await commander.say("/ci rerun test", comment_id="1"))
    _, part = await commander.runs()
    await commander.factory.plan(part.id)

    await commander.obey(await commander.say(command, comment_id="2"))

    last = (await commander.runs())[-1]
    assert (last.original_run_id, last.job_filter) == (whole, jobs)


async def test_a_cancel_is_for_what_ran_when_it_was_asked_for(commander: Any) -> None:
    original = await commander.open()
    asked = await commander.say("/ci cancel")
    newer = await commander.open()
    for _ in range(2):
        await commander.obey(asked)
    states = {run.id: run.state for run in await commander.runs()}
    assert states == {original: RunState.CANCEL_REQUESTED, newer: RunState.QUEUED}


@pytest.mark.parametrize("fault", [Fault.DEATH, Fault.LOST, Fault.AWAY])
async def test_an_answer_is_written_once_whatever_befalls_it(commander: Any, fault: Fault) -> None:
    await commander.open()
    asked = await commander.say("/ci why page")
    commander.forge.faults.append(fault)
    with pytest.raises((SenderDiedError, ForgeUnavailableError)):
        await commander.obey(asked)
    await commander.obey(asked)
    (answer,) = commander.answers
    assert "`page` did not run" in answer


@pytest.mark.parametrize("command", EVERYTHING)
@pytest.mark.parametrize("author", ["stan", "", "wanda "])
async def test_whoever_may_not_push_is_not_heard(commander: Any, command: str, author: str) -> None:
    run_id = await commander.open()
    await commander.obey(await commander.say(command, author or "nobody"))
    (run,) = await commander.runs()
    assert (run.id, run.state) == (run_id, RunState.QUEUED)
    assert commander.forge.calls == 0


@pytest.mark.parametrize("command", EVERYTHING)
async def test_nothing_is_done_while_the_forge_does_not_say_who_may(
    commander: Any, command: str
) -> None:
    run_id = await commander.open()
    asked = await commander.say(command)
    commander.forge.is_away = True
    with pytest.raises(ForgeUnavailableError):
        await commander.obey(asked)
    (run,) = await commander.runs()
    assert (run.id, run.state, commander.answers) == (run_id, RunState.QUEUED, [])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/ci why test", "`test` is CREATED"),
        ("/ci why page", "`page` did not run"),
        ("/ci why docs/page.md", "A change of `docs/page.md` alone leads to:"),
        ("/ci why @everyone", "`@everyone`"),
        ("/ci why `@everyone`<b>", "`` `@everyone`<b> ``"),
        ("/ci rerun nothing-like-it", "Not done: `the run has no such jobs`"),
    ],
)
async def test_questions_and_mistakes_are_answered(commander: Any, command: str, said: str) -> None:
    await commander.open()
    await commander.obey(await commander.say(command))
    (answer,) = commander.answers
    assert said in answer
    assert len(await commander.runs()) == 1


async def test_a_pull_request_without_a_run_is_told_so(commander: Any) -> None:
    await commander.link()
    await commander.obey(await commander.say("/ci rerun"))
    (answer,) = commander.answers
    assert "no run yet" in answer


async def test_a_delivery_that_is_gone_leads_to_nothing(commander: Any) -> None:
    await commander.open()
    await commander.obey("delivery_gone")
    assert commander.forge.places == []
