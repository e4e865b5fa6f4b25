"""Reports are listed, and told once more when somebody asks for it."""

from typing import Any

import pytest

from deltaci.errors import NotFoundError
from deltaci.reports.read import list_reports, read_report
from deltaci.reports.resend import resend_report
from deltaci.runs.cancel import cancel_run
from deltaci.runs.settle import settle_run
from deltaci.states import RunState
from deltaci.store.outbox import EffectKind
from deltaci.store.tables import AuditEvent, Effect
from deltaci.testing.factories import Factory
from deltaci.testing.memory_forge import Fault
from deltaci.wire.orchestration import RunEnding
from deltaci.wire.reports import ReportState


async def _ended(reporter: Any, factory: Factory) -> str:
    run_id: str = await reporter.run(event="pull_request", pr_number=7)
    await cancel_run(factory.core, "ada", run_id)
    await settle_run(factory.core, RunEnding(run_id=run_id, wanted=RunState.SUCCEEDED))
    return run_id


async def test_a_report_is_read_as_it_stands(reporter: Any, factory: Factory) -> None:
    run_id = await _ended(reporter, factory)
    before = await read_report(factory.core, run_id)
    await reporter.tell(run_id)
    after = await read_report(factory.core, run_id)

    assert before.model_dump(mode="json", exclude={"updated_at"}) == {
        "run_id": run_id,
        "provider": "gitea",
        "state": "PENDING",
    }
    assert (after.state, after.reported_state) == (ReportState.DELIVERED, "CANCELED")
    assert after.reported_at == factory.clock.now


async def test_reports_are_listed_by_state_and_page(reporter: Any, factory: Factory) -> None:
    runs = [await _ended(reporter, factory) for _ in range(3)]
    await reporter.tell(runs[1])
    first = await list_reports(factory.core, None, limit=2, cursor="")
    rest = await list_reports(factory.core, None, limit=2, cursor=first.next_cursor or "")
    told = await list_reports(factory.core, ReportState.DELIVERED, limit=9, cursor="")

    assert [view.run_id for view in (*first.reports, *rest.reports)] == runs[::-1]
    assert rest.next_cursor is None
    assert [view.run_id for view in told.reports] == [runs[1]]


async def test_what_was_refused_is_told_again_on_request(reporter: Any, factory: Factory) -> None:
    run_id = await _ended(reporter, factory)
    reporter.forge.faults.append(Fault.REFUSED)
    await reporter.tell(run_id)
    assert (await read_report(factory.core, run_id)).state is ReportState.FAILED
    view = await resend_report(factory.core, "root", run_id)
    promised = await factory.rows.all(Effect, Effect.kind == EffectKind.REPORT_RUN)
    calls = reporter.forge.calls
    await reporter.tell(run_id)

    assert (view.state, view.last_error) == (ReportState.PENDING, None)
    assert promised[-1].payload == {"run_id": run_id}
    assert reporter.forge.calls == calls + 3, "both checks and the comment"
    assert len(reporter.forge.checks) == 2
    assert len(reporter.forge.comments) == 1
    assert (await read_report(factory.core, run_id)).state is ReportState.DELIVERED
    (event,) = await factory.rows.all(AuditEvent, AuditEvent.action == "report.resent")
    assert (event.actor, event.subject_id) == ("root", run_id)


async def test_what_nobody_hears_of_is_not_found(factory: Factory) -> None:
    run_id = await factory.planned()

    for work in (read_report(factory.core, run_id), resend_report(factory.core, "root", run_id)):
        with pytest.raises(NotFoundError):
            await work
    assert await factory.rows.all(AuditEvent, AuditEvent.action == "report.resent") == []
