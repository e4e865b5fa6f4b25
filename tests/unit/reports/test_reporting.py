"""A forge that fails in every way still ends up showing each thing once, as it is."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from deltaci.reports.give_up import give_up_report
from deltaci.reports.order import call_seconds
from deltaci.reports.report import report_run
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.tables import ForgeLink
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.testing.memory_forge import Fault, SenderDiedError, forge_of
from deltaci.vcs.port import Forge, ForgeUnavailableError, Place, Verdict
from deltaci.wire.forges import Provider
from deltaci.wire.orchestration import ReportFailure, RunEnding
from deltaci.wire.reports import ReportState

NAME = "delta-ci (manual)"


async def _end(factory: Factory, run_id: str) -> None:
    await cancel_run(factory.core, "ada", run_id)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))


async def test_a_run_is_told_from_its_first_state_to_its_outcome(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run()
    assert not (await reporter.tell(run_id)).finished
    await factory.offer(run_id)
    holder = await factory.seek()
    assert holder is not None
    await holder.ack()
    assert not (await reporter.tell(run_id)).finished
    assert (await reporter.report(run_id)).state is ReportState.PENDING
    await holder.complete()
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
    standing = await reporter.tell(run_id)

    trail = [check.verdict for check in reporter.forge.trail(run_id)]
    assert trail == [Verdict.QUEUED, Verdict.RUNNING, Verdict.SUCCESS]
    assert len(reporter.forge.checks) == 2
    assert (standing.finished, standing.run_state) == (True, "SUCCEEDED")
    report = await reporter.report(run_id)
    assert (report.state, report.reported_state) == (ReportState.DELIVERED, "SUCCEEDED")
    assert report.reported_at == factory.clock.now
    assert set(reporter.forge.places) == {Place("Acme/Shop", "a token of its own")}
    assert reporter.beats == reporter.forge.calls == 6


async def test_what_is_shown_already_is_not_said_again(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run()
    await reporter.tell(run_id)
    calls = reporter.forge.calls
    await reporter.tell(run_id)

    assert reporter.forge.calls == calls


async def test_nobody_is_told_of_a_run_without_a_report(reporter: Any, factory: Factory) -> None:
    run_id = await factory.planned()

    assert (await reporter.tell(run_id)).finished
    assert (await reporter.tell("run_unknown")).finished
    assert reporter.forge.calls == 0


@pytest.mark.parametrize("fault", [Fault.AWAY, Fault.LOST])
async def test_a_forge_that_is_away_is_tried_again_without_doubling(
    reporter: Any, factory: Factory, fault: Fault
) -> None:
    run_id = await reporter.run()
    reporter.forge.faults.append(fault)
    reporter.forge.retry_after_seconds = 42.0
    with pytest.raises(ForgeUnavailableError) as away:
        await reporter.tell(run_id)
    report = await reporter.report(run_id)
    await reporter.tell(run_id)

    assert away.value.retry_after_seconds == (42.0 if fault is Fault.AWAY else None)
    assert report.last_error == away.value.message
    assert len(reporter.forge.named(NAME)) == 1
    assert (await reporter.report(run_id)).last_error == ""


async def test_a_sender_that_died_may_still_be_calling(reporter: Any, factory: Factory) -> None:
    """Its call is waited for, then looked for, then written over."""
    run_id = await reporter.run()
    reporter.forge.faults.append(Fault.DEATH)
    with pytest.raises(SenderDiedError):
        await reporter.tell(run_id)
    with pytest.raises(ForgeUnavailableError) as busy:
        await reporter.tell(run_id)
    assert busy.value.retry_after_seconds == call_seconds(factory.core.settings)
    factory.clock.advance(busy.value.retry_after_seconds)
    await reporter.tell(run_id)

    assert len(reporter.forge.named(NAME)) == 1
    assert (await reporter.published(run_id))["run"].external_id == "1"


async def test_a_call_that_hangs_is_given_up(
    reporter: Any, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await reporter.run()
    monkeypatch.setattr("deltaci.reports.sender.call_seconds", lambda _settings: 0.01)
    reporter.forge.gate = asyncio.Event()
    with pytest.raises(ForgeUnavailableError, match="did not answer in time"):
        await reporter.tell(run_id)
    reporter.forge.gate = None
    await reporter.tell(run_id)

    assert len(reporter.forge.named(NAME)) == 1


async def test_one_refusal_keeps_nothing_else_from_being_shown(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run({"bad": job(), "good": job()})
    reporter.forge.refused_names = {f"{NAME}: bad"}
    await _end(factory, run_id)
    standing = await reporter.tell(run_id)
    calls = reporter.forge.calls
    again = await reporter.tell(run_id)

    assert [check.verdict for check in reporter.forge.named(f"{NAME}: good")] == [Verdict.CANCELLED]
    report = await reporter.report(run_id)
    assert report.state is ReportState.FAILED
    assert report.last_error == "job:bad: the forge will not have it"
    assert standing.finished
    assert again == standing
    assert reporter.forge.calls == calls, "the same words would be refused again"


async def test_a_refusal_that_is_over_is_forgotten(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run()
    reporter.forge.faults.append(Fault.REFUSED)
    await reporter.tell(run_id)
    assert (await reporter.report(run_id)).state is ReportState.PENDING
    await _end(factory, run_id)
    await reporter.tell(run_id)

    assert (await reporter.report(run_id)).state is ReportState.DELIVERED


async def test_what_somebody_removed_is_shown_anew(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=7)
    await reporter.tell(run_id)
    reporter.forge.lose_ids()
    await _end(factory, run_id)
    await reporter.tell(run_id)

    assert [check.verdict for check in reporter.forge.named("delta-ci")] == [Verdict.CANCELLED]
    assert len(reporter.forge.comments) == 1


async def test_one_comment_is_edited_in_place(reporter: Any, factory: Factory) -> None:
    run_id = await reporter.run(event="pull_request", pr_number=7)
    await _end(factory, run_id)
    reporter.forge.faults.extend([Fault.NONE, Fault.NONE, Fault.LOST])
    with pytest.raises(ForgeUnavailableError):
        await reporter.tell(run_id)
    await reporter.tell(run_id)

    (body,) = reporter.forge.comments.values()
    assert f"<!-- delta-ci run:{run_id} -->" in body


async def test_a_job_that_waits_again_is_not_shown_as_if_it_had_never_begun(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run()
    await factory.offer(run_id)
    holder = await factory.seek()
    assert holder is not None
    await holder.ack()
    await reporter.tell(run_id)
    await holder.hand_back()
    await reporter.tell(run_id)

    assert [check.verdict for check in reporter.forge.trail(f"{run_id}/build")] == [Verdict.RUNNING]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"provider": "github"}, "acme/shop is not linked to gitea any more"),
        ({"sealed_token": b"of another key"}, "the repository's token is of no use"),
    ],
)
async def test_a_link_that_is_of_no_use_any_more_is_said_so(
    reporter: Any, factory: Factory, columns: dict[str, Any], reason: str
) -> None:
    run_id = await reporter.run()
    async with factory.core.database.write() as tx:
        await tx.execute(update(ForgeLink).values(**columns))
    standing = await reporter.tell(run_id)
    report = await reporter.report(run_id)

    assert report.state is ReportState.FAILED
    assert report.last_error.startswith(reason)
    assert not standing.finished, "it may be linked again before the run ends"


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_forge_that_is_not_configured_any_more_is_said_so(
    reporter: Any, factory: Factory, is_there: bool
) -> None:
    run_id = await reporter.run()
    await _end(factory, run_id)
    shown = forge_of(reporter.forge)
    off = Forge(shown.provider, shown.webhooks, shown.api, url="")
    forges = {Provider.GITEA: off} if is_there else {}
    standing = await report_run(factory.core, forges, run_id, reporter.beat)

    assert (await reporter.report(run_id)).last_error == "gitea is not configured any more"
    assert standing.finished


async def test_a_report_that_was_given_up_is_told_when_there_is_news(
    reporter: Any, factory: Factory
) -> None:
    run_id = await reporter.run()
    failure = ReportFailure(run_id=run_id, reason="the forge is away")
    standing = await give_up_report(factory.core, failure)
    report = await reporter.report(run_id)
    assert (report.state, standing.finished) == (ReportState.FAILED, False)
    assert report.last_error == "given up: the forge is away"
    await _end(factory, run_id)
    ended = await give_up_report(factory.core, failure)
    await reporter.tell(run_id)

    assert ended.finished
    assert (await reporter.report(run_id)).state is ReportState.DELIVERED


async def test_giving_up_what_nobody_hears_of_is_nothing(factory: Factory) -> None:
    standing = await give_up_report(factory.core, ReportFailure(run_id="run_x", reason="away"))

    assert standing.finished
