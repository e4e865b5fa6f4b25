"""The order that a report's workflow starts with."""

from deltaci.settings import Settings
from deltaci.states import RUN, is_terminal
from deltaci.store.tables import Run
from deltaci.wire.orchestration import ReportOrder

CALLS_PER_PIECE = 3
"""Requests that showing one piece may take: a token, looking for it, and the piece itself."""


def call_seconds(settings: Settings) -> int:
    """Return the longest that a forge is waited for at one go."""
    return CALLS_PER_PIECE * settings.forge_timeout_seconds


def order_of_report(settings: Settings, run: Run) -> ReportOrder:
    """Describe the run to the workflow that reports it, with the timers of now."""
    return ReportOrder(
        run_id=run.id,
        ended=is_terminal(RUN, run.state),
        debounce_seconds=settings.report_debounce_seconds,
        give_up_seconds=settings.report_give_up_hours * 3600,
        heartbeat_timeout_seconds=call_seconds(settings) + settings.forge_heartbeat_timeout_seconds,
    )
