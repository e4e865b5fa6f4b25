"""Counting rows, for metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from deltaci.clock import utc_now
from deltaci.states import JobState, LeaseState
from deltaci.store.database import Transaction
from deltaci.store.tables import (
    Attempt,
    Effect,
    FailureExplanation,
    Job,
    Lease,
    Run,
    RunReport,
    WebhookDelivery,
)


@dataclass(frozen=True, slots=True)
class Census:
    """How many of what there are."""

    runs: Mapping[str, int]
    jobs: Mapping[str, int]
    leases: Mapping[str, int]
    failures: Mapping[str, int]
    deliveries: Mapping[str, int]
    reports: Mapping[str, int]
    promised: int
    oldest_seconds: float

    @property
    def queued(self) -> int:
        """Jobs that wait for a runner."""
        return self.jobs.get(JobState.QUEUED, 0)

    @property
    def held(self) -> int:
        """Leases that runners hold."""
        return self.leases.get(LeaseState.GRANTED, 0) + self.leases.get(LeaseState.ACTIVE, 0)


async def take_census(tx: Transaction) -> Census:
    """Count everything once."""
    oldest = await tx.scalar(
        select(func.min(Attempt.queued_at)).where(Attempt.state == JobState.QUEUED)
    )
    return Census(
        runs=await _count(tx, Run.state),
        jobs=await _count(tx, Job.state),
        leases=await _count(tx, Lease.state),
        failures=await _count(tx, FailureExplanation.category),
        deliveries=await _count(tx, WebhookDelivery.outcome),
        reports=await _count(tx, RunReport.state),
        promised=await tx.scalar(select(func.count()).select_from(Effect)) or 0,
        oldest_seconds=max(0.0, (utc_now() - oldest).total_seconds()) if oldest else 0.0,
    )


async def _count(tx: Transaction, column: InstrumentedAttribute[Any]) -> dict[str, int]:
    rows = await tx.execute(select(column, func.count()).group_by(column))
    return {str(value): count for value, count in rows}
