"""The only way a state is stored: compare-and-set through `states.advance`, with who, when and why.

Every function runs inside the caller's transaction, which holds the run's row first (`hold_run`),
so that transactions about one run follow one another and can never wait for each other in a ring.
Losing a race is a normal result: the row has moved on, `advance` then refuses, and the caller
learns it as IllegalTransitionError.
"""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from deltaci.errors import NotFoundError
from deltaci.states import ATTEMPT, JOB, LEASE, RUN, Edges, JobState, LeaseState, RunState, advance
from deltaci.store.database import Transaction
from deltaci.store.tables import Attempt, Job, Lease, Run, Transition

State = TypeVar("State", RunState, JobState, LeaseState)


class Moment:
    """Who changes something, when, and why; written beside every change."""

    __slots__ = ("actor", "at", "reason")

    def __init__(self, actor: str, at: datetime, reason: str = "") -> None:
        self.actor = actor
        self.at = at
        self.reason = reason


async def move_run(
    tx: Transaction, run_id: str, target: RunState, moment: Moment, **columns: Any
) -> RunState:
    """Move a run, set `columns` beside it, and return the state that it came from."""
    if moment.reason:
        columns.setdefault("state_reason", moment.reason)
    return await _move(tx, Run, Run.id, "run", run_id, RUN, target, moment, columns)


async def move_job(
    tx: Transaction, job_id: str, target: JobState, moment: Moment, **columns: Any
) -> JobState:
    """Move a job; see move_run."""
    columns.setdefault("state_reason", moment.reason)
    return await _move(tx, Job, Job.id, "job", job_id, JOB, target, moment, columns)


async def move_attempt(
    tx: Transaction, attempt_id: str, target: JobState, moment: Moment, **columns: Any
) -> JobState:
    """Move an attempt; see move_run."""
    return await _move(
        tx, Attempt, Attempt.id, "attempt", attempt_id, ATTEMPT, target, moment, columns
    )


async def move_lease(
    tx: Transaction, id_hash: str, target: LeaseState, moment: Moment, **columns: Any
) -> LeaseState:
    """Move a lease; its transitions are recorded under the hash of its id."""
    return await _move(tx, Lease, Lease.id_hash, "lease", id_hash, LEASE, target, moment, columns)


async def _move(
    tx: Transaction,
    table: type[Run | Job | Attempt | Lease],
    primary: InstrumentedAttribute[str],
    kind: str,
    key: str,
    edges: Edges[State],
    target: State,
    moment: Moment,
    columns: dict[str, Any],
) -> State:
    current: State | None = await tx.scalar(
        select(table.state).where(primary == key).with_for_update()
    )
    if current is None:
        raise NotFoundError(f"no such {kind}")
    advance(edges, current, target)
    await tx.execute(
        update(table)
        .where(primary == key, table.state == current)
        .values(state=target, updated_at=moment.at, **columns)
        .execution_options(synchronize_session=False)
    )
    if current != target:
        tx.add(
            Transition(
                subject_kind=kind,
                subject_id=key,
                from_state=current,
                to_state=target,
                actor=moment.actor,
                reason=moment.reason,
                at=moment.at,
            )
        )
    return current
