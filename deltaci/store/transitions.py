"""The only way a state is stored: compare-and-set through `states.advance`, with who, when and why.

Every function runs inside the caller's transaction, which holds the run's row first (`hold_run`),
so that transactions about one run follow one another and can never wait for each other in a ring.
The rows handed in were read under that hold. Losing a race is a normal result: the row has moved
on, and the caller learns it as IllegalTransitionError.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm.attributes import set_committed_value

from deltaci.states import (
    ATTEMPT,
    DEPLOYMENT,
    JOB,
    LEASE,
    REQUEST,
    RUN,
    DeploymentState,
    Edges,
    IllegalTransitionError,
    JobState,
    LeaseState,
    RequestState,
    RunState,
    advance,
    open_states,
)
from deltaci.store.database import NEW_TRANSITIONS, Transaction
from deltaci.store.reports import promise_report
from deltaci.store.tables import Attempt, Deployment, DeploymentRequest, Job, Lease, Run
from deltaci.store.tables.base import table_of

Row = Run | Job | Attempt | Lease | Deployment | DeploymentRequest
State = TypeVar("State", RunState, JobState, LeaseState, DeploymentState, RequestState)

ROWS_AT_ONCE = 500
"""Most rows of one statement; databases bound the number of its parameters."""


SHOWN = frozenset({JobState.STARTING} | (set(JobState) - open_states(JOB)))
"""States of jobs that forges are told of: those in which they start or end."""


class Moment:
    """Who changes something, when, and why; written beside every change."""

    __slots__ = ("actor", "at", "reason")

    def __init__(self, actor: str, at: datetime, reason: str = "") -> None:
        self.actor = actor
        self.at = at
        self.reason = reason


async def move_run(
    tx: Transaction, run: Run, target: RunState, moment: Moment, **columns: Any
) -> None:
    """Move a run, and set `columns` beside its state; the row handed in follows."""
    if moment.reason:
        columns.setdefault("state_reason", moment.reason)
    await _move(tx, "run", [run], RUN, target, moment, columns)


async def move_job(
    tx: Transaction, job: Job, target: JobState, moment: Moment, **columns: Any
) -> None:
    """Move a job; see move_run."""
    await move_jobs(tx, [job], target, moment, **columns)


async def move_jobs(
    tx: Transaction, jobs: Sequence[Job], target: JobState, moment: Moment, **columns: Any
) -> None:
    """Move several jobs of one run alike; see move_run."""
    columns.setdefault("state_reason", moment.reason)
    await _move(tx, "job", jobs, JOB, target, moment, columns)


async def move_attempt(
    tx: Transaction, attempt: Attempt, target: JobState, moment: Moment, **columns: Any
) -> None:
    """Move an attempt; see move_run."""
    await move_attempts(tx, [attempt], target, moment, **columns)


async def move_attempts(
    tx: Transaction, attempts: Sequence[Attempt], target: JobState, moment: Moment, **columns: Any
) -> None:
    """Move several attempts of one run alike; see move_run."""
    await _move(tx, "attempt", attempts, ATTEMPT, target, moment, columns)


async def move_lease(
    tx: Transaction, lease: Lease, target: LeaseState, moment: Moment, **columns: Any
) -> None:
    """Move a lease; its transitions are recorded under the hash of its id."""
    await move_leases(tx, [lease], target, moment, **columns)


async def move_leases(
    tx: Transaction, leases: Sequence[Lease], target: LeaseState, moment: Moment, **columns: Any
) -> None:
    """Move several leases of one run alike; see move_run."""
    await _move(tx, "lease", leases, LEASE, target, moment, columns)


async def move_deployment(
    tx: Transaction,
    deployment: Deployment,
    target: DeploymentState,
    moment: Moment,
    **columns: Any,
) -> None:
    """Move a deployment; see move_run. Whoever was faster has moved it: nothing is held first."""
    if moment.reason:
        columns.setdefault("state_reason", moment.reason)
    await _move(tx, "deployment", [deployment], DEPLOYMENT, target, moment, columns)


async def move_request(
    tx: Transaction,
    request: DeploymentRequest,
    target: RequestState,
    moment: Moment,
    **columns: Any,
) -> None:
    """Move a deployment request; see move_run. Its row is held before it is read."""
    await _move(tx, "request", [request], REQUEST, target, moment, columns)


async def _move(
    tx: Transaction,
    kind: str,
    rows: Sequence[Row],
    edges: Edges[State],
    target: State,
    moment: Moment,
    columns: dict[str, Any],
) -> None:
    if not rows:
        return
    for row in rows:
        advance(edges, cast("State", row.state), target)
    values = {"state": target, "updated_at": moment.at, **columns}
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        await _compare_and_set(tx, rows[begin : begin + ROWS_AT_ONCE], values)
    _record(tx, kind, rows, target, moment)
    await _report(tx, rows, target, moment)
    for row in rows:
        for name, value in values.items():
            set_committed_value(row, name, value)


async def _compare_and_set(tx: Transaction, rows: Sequence[Row], values: dict[str, Any]) -> None:
    table = table_of(type(rows[0]))
    (key,) = table.primary_key.columns
    result = await tx.execute(
        update(table)
        .where(key.in_([_key(row) for row in rows]), table.c.state.in_({row.state for row in rows}))
        .values(values)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    if result.rowcount != len(rows):
        raise IllegalTransitionError(f"{table.name} moved on meanwhile")


def _record(tx: Transaction, kind: str, rows: Sequence[Row], target: State, moment: Moment) -> None:
    """Note the changes; they are written in one statement when the transaction ends."""
    tx.info.setdefault(NEW_TRANSITIONS, []).extend(
        {
            "subject_kind": kind,
            "subject_id": _key(row),
            "from_state": row.state,
            "to_state": target,
            "actor": moment.actor,
            "reason": moment.reason,
            "at": moment.at,
        }
        for row in rows
        if row.state != target
    )


async def _report(tx: Transaction, rows: Sequence[Row], target: State, moment: Moment) -> None:
    """Have the forge told of what it shows: every state of a run, and jobs that start or end.

    The run was held and read before its jobs were, so that asking for it costs no statement.
    """
    changed = [row for row in rows if row.state != target]
    for row in changed:
        if isinstance(row, Run):
            await promise_report(tx, row, moment.at)
    if target in SHOWN:
        for run_id in {row.run_id for row in changed if isinstance(row, Job)}:
            await promise_report(tx, await tx.get_one(Run, run_id), moment.at)


def _key(row: Row) -> str:
    return row.id_hash if isinstance(row, Lease) else row.id
