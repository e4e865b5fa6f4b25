"""Two runs of one commit share the names of their checks: the newer one speaks."""

from typing import Any

from deltaci.runs.cancel import cancel_run
from deltaci.runs.rerun import rerun
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_commits import job
from deltaci.vcs.port import Verdict
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.reports import ReportState
from deltaci.wire.runs import RerunRequest

NAME = "delta-ci (manual)"


async def _end(factory: Factory, run_id: str) -> None:
    await cancel_run(factory.core, "ada", run_id)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))


async def _run_again(factory: Factory, run_id: str, jobs: list[str] | None = None) -> str:
    factory.clock.advance(1)
    accepted = await rerun(factory.core, "ada", run_id, RerunRequest(jobs=jobs), None)
    await factory.plan(accepted.run_id)
    return accepted.run_id


async def test_an_older_run_is_silent_once_a_newer_one_of_the_commit_speaks(
    reporter: Any, factory: Factory
) -> None:
    older = await reporter.run()
    await reporter.tell(older)
    newer = await _run_again(factory, older)
    await reporter.tell(newer)
    await _end(factory, older)
    standing = await reporter.tell(older)
    report = await reporter.report(older)

    assert reporter.forge.status(NAME).reference == newer
    assert standing.finished
    assert report.state is ReportState.DELIVERED
    assert report.last_error == f"left to the newer run {newer} of the commit"


async def test_what_a_forge_shows_of_each_run_is_finished_for_each(
    reporter: Any, factory: Factory
) -> None:
    reporter.forge.runs_apart = True
    older = await reporter.run()
    await reporter.tell(older)
    newer = await _run_again(factory, older)
    await reporter.tell(newer)
    await _end(factory, older)
    await reporter.tell(older)

    verdicts = {check.reference: check.verdict for check in reporter.forge.named(NAME)}
    assert verdicts == {older: Verdict.CANCELLED, newer: Verdict.QUEUED}


async def test_nothing_of_an_older_run_begins_after_a_newer_one(
    reporter: Any, factory: Factory
) -> None:
    reporter.forge.runs_apart = True
    older = await reporter.run()
    newer = await _run_again(factory, older)
    await reporter.tell(newer)
    await reporter.tell(older)

    assert {check.reference for check in reporter.forge.named(NAME)} == {newer}


async def test_other_kinds_of_runs_have_names_of_their_own(reporter: Any, factory: Factory) -> None:
    older = await reporter.run()
    newer = await _run_again(factory, older)
    await reporter.trigger(newer, "push")
    await reporter.tell(newer)
    await reporter.tell(older)

    assert reporter.forge.status(NAME).reference == older


async def test_a_word_that_came_too_late_is_said_over_by_the_newer_run(
    reporter: Any, factory: Factory
) -> None:
    """The newer run begins while the older one's call is under way."""
    older = await reporter.run()
    newer = await _run_again(factory, older)
    publish = reporter.forge.publish

    async def overtaken(*args: Any) -> str:
        reporter.forge.publish = publish
        await reporter.tell(newer)
        return str(await publish(*args))

    reporter.forge.publish = overtaken
    await reporter.tell(older)
    assert reporter.forge.status(NAME).reference == older, "what has to be made good"
    promised = await factory.rows.all(Effect, Effect.kind == EffectKind.REPORT_RUN)
    assert promised[-1].payload == {"run_id": newer}
    await reporter.tell(newer)

    assert reporter.forge.status(NAME).reference == newer


async def test_a_comment_is_each_runs_own(reporter: Any, factory: Factory) -> None:
    older = await reporter.run(event="pull_request", pr_number=7)
    newer = await _run_again(factory, older)
    for run_id in (newer, older):
        await _end(factory, run_id)
        await reporter.tell(run_id)

    assert reporter.forge.status("delta-ci").reference == newer
    assert len(reporter.forge.comments) == 2


async def test_a_rerun_in_part_leaves_other_names_to_the_older_run(
    reporter: Any, factory: Factory
) -> None:
    older = await reporter.run({"test": job(), "lint": job()})
    newer = await _run_again(factory, older, ["test"])
    await reporter.tell(newer)
    await _end(factory, older)
    await reporter.tell(older)

    assert reporter.forge.status(f"{NAME}: test").reference == f"{newer}/test"
    lint = reporter.forge.status(f"{NAME}: lint")
    assert (lint.reference, lint.verdict) == (f"{older}/lint", Verdict.CANCELLED)
