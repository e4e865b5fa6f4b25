"""Tell a run's forge everything once more, at an admin's request."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.reports.read import view_of
from deltaci.store import audit
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.reports import find_report, forget_shown, reopen_report
from deltaci.wire.reports import ReportView


async def resend_report(core: Core, actor: str, run_id: str) -> ReportView:
    """Have all of the run's checks, and its comment, written again in place of what is there.

    Raises NotFoundError for a run that no forge hears of.
    """
    async with core.database.write() as tx:
        now = core.clock()
        await reopen_report(tx, run_id, now)
        report = await find_report(tx, run_id)
        if report is None:
            raise NotFoundError(f"no forge hears of run {run_id!r}")
        await forget_shown(tx, run_id)
        await promise(tx, EffectKind.REPORT_RUN, {"run_id": run_id}, now)
        audit.record(
            tx,
            actor=actor,
            action=audit.Action.REPORT_RESENT,
            subject_kind="run",
            subject_id=run_id,
            at=now,
        )
    return view_of(report)
