"""What must hold of the rows of runs, jobs, attempts and leases at every moment.

Reads SQLite directly and synchronously, so that it can be asked after every single step.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deltaci.states import (
    ATTEMPT,
    JOB,
    LEASE,
    RUN,
    JobState,
    LeaseState,
    RunState,
    is_terminal,
    open_states,
)

LIFECYCLES: Mapping[str, tuple[Any, Any, str]] = {
    "run": (RunState, RUN, "CREATED"),
    "job": (JobState, JOB, "CREATED"),
    "attempt": (JobState, ATTEMPT, "CREATED"),
    "lease": (LeaseState, LEASE, "GRANTED"),
}
OPEN_RUNS = {str(state) for state in open_states(RUN)}
HELD = {"LEASED", "STARTING", "RUNNING", "UPLOADING", "CANCEL_REQUESTED"}
UNDECIDED = {"LEASED", "STARTING", "RUNNING", "UPLOADING"}
JOBS_OF = {
    "CREATED": {"CREATED", "QUEUED"},
    "FAILED": {*UNDECIDED, "FAILED", "CANCELED"},
    "TIMED_OUT": {*UNDECIDED, "TIMED_OUT", "CANCELED"},
    "STALE": {*UNDECIDED, "FAILED", "CANCELED"},
}
"""Which states a job may have beside its newest attempt's; otherwise both are equal."""

NEWEST = """
    SELECT jobs.name, jobs.state, attempts.id, attempts.state, leases.state
    FROM jobs
    JOIN attempts ON attempts.job_id = jobs.id AND attempts.attempt_number = jobs.attempt_count
    LEFT JOIN leases ON leases.attempt_id = attempts.id AND leases.state IN ('GRANTED', 'ACTIVE')
    WHERE jobs.run_id = ?
"""
LEFT_OPEN = """
    SELECT 'job', jobs.name, jobs.state FROM jobs WHERE run_id = :run AND state IN {jobs}
    UNION ALL
    SELECT 'attempt', id, state FROM attempts WHERE run_id = :run AND state IN {attempts}
"""
OLD_ATTEMPTS = """
    SELECT attempts.id, attempts.state FROM attempts JOIN jobs ON jobs.id = attempts.job_id
    WHERE jobs.run_id = ? AND attempts.attempt_number < jobs.attempt_count
"""
UNSUCCESSFUL = """
    SELECT name, state FROM jobs WHERE run_id = ? AND required AND state <> 'SUCCEEDED'
"""


class RunInvariants:
    """Watches the runs of one SQLite file."""

    def __init__(self, file: Path) -> None:
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._seen = self._rows.execute("SELECT coalesce(max(id), 0) FROM transitions").fetchone()[
            0
        ]
        self._states: dict[tuple[str, str], str] = {}

    def close(self) -> None:
        """Give the connection back."""
        self._rows.close()

    def check(self, run_ids: list[str]) -> None:
        """Raise AssertionError with everything that is wrong now with these runs."""
        wrong = [*self._illegal_moves(), *(w for run_id in run_ids for w in self._of_run(run_id))]
        if wrong:
            raise AssertionError("\n".join(wrong))

    def unfinished(self, run_ids: list[str]) -> list[str]:
        """Return those of the runs that have not ended, with their states."""
        states = {run_id: self._state(run_id) for run_id in run_ids}
        return [f"{run_id} {state}" for run_id, state in states.items() if state in OPEN_RUNS]

    def promised(self) -> int:
        """Count the effects that wait to be delivered."""
        return int(self._rows.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def _illegal_moves(self) -> Iterator[str]:
        """Follow every transition since the last look, along the tables of `states`."""
        moves = self._rows.execute(
            "SELECT id, subject_kind, subject_id, from_state, to_state FROM transitions"
            " WHERE id > ? ORDER BY id",
            (self._seen,),
        ).fetchall()
        for number, kind, subject, source, target in moves:
            self._seen = number
            states, edges, first = LIFECYCLES[kind]
            known = self._states.get((kind, subject), first)
            if source != known:
                yield f"{kind} {subject} moved from {source}, but was {known}"
            if states(target) not in edges[states(source)]:
                yield f"{kind} {subject} moved from {source} to {target}"
            self._states[kind, subject] = target

    def _state(self, run_id: str) -> str:
        (state,) = self._rows.execute("SELECT state FROM runs WHERE id = ?", (run_id,)).fetchone()
        return str(state)

    def _of_run(self, run_id: str) -> Iterator[str]:
        state = self._state(run_id)
        for row in self._rows.execute(NEWEST, (run_id,)):
            yield from _disagreements(*row)
        for attempt_id, attempt in self._rows.execute(OLD_ATTEMPTS, (run_id,)):
            if not is_terminal(ATTEMPT, JobState(attempt)):
                yield f"{attempt_id} has a successor and is {attempt}"
        if state not in OPEN_RUNS:
            left = LEFT_OPEN.format(jobs=_listed(JOB), attempts=_listed(ATTEMPT))
            for kind, name, open_state in self._rows.execute(left, {"run": run_id}):
                yield f"{run_id} is {state}, but {kind} {name} is {open_state}"
        if state == RunState.SUCCEEDED:
            for name, job in self._rows.execute(UNSUCCESSFUL, (run_id,)):
                yield f"{run_id} is {state}, but its required job {name} is {job}"


def _listed(edges: Any) -> str:
    return "(" + ", ".join(f"'{state}'" for state in sorted(open_states(edges))) + ")"


def _disagreements(
    name: str, job: str, attempt_id: str, attempt: str, lease: str | None
) -> Iterator[str]:
    """What contradicts itself in a job, its newest attempt and that attempt's live lease."""
    if job not in JOBS_OF.get(attempt, {attempt}):
        yield f"job {name} is {job}, but {attempt_id} is {attempt}"
    if (lease is not None) != (attempt in HELD):
        yield f"{attempt_id} is {attempt}, and its live lease is {lease}"
    if lease == LeaseState.GRANTED and attempt not in {"LEASED", "CANCEL_REQUESTED"}:
        yield f"{attempt_id} is {attempt}, but its lease was never acknowledged"
    if lease == LeaseState.ACTIVE and attempt == "LEASED":
        yield f"{attempt_id} is {attempt}, but its lease was acknowledged"
