"""Reports over the API: what forges were told about runs."""

from enum import StrEnum

from deltaci.wire.forges import Provider
from deltaci.wire.values import OmitsAbsent, Timestamp


class ReportState(StrEnum):
    """How far the report of a run has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    """Refused, or given up; it can be sent again."""


class ReportView(OmitsAbsent):
    """What a run's forge has heard."""

    run_id: str
    provider: Provider
    state: ReportState
    reported_state: str | None = None
    """The run's state that the forge was told last; absent before the first report."""
    last_error: str | None = None
    """Why it is not told more, or that a newer run of the commit speaks instead."""
    updated_at: Timestamp
    reported_at: Timestamp | None = None
    """When the forge had heard the outcome."""


class ReportPage(OmitsAbsent):
    """One page of reports, newest runs first; `next_cursor` is absent on the last."""

    reports: list[ReportView]
    next_cursor: str | None = None
