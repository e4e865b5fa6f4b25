"""What a running system has stored, read from beside it, and the rules that must always hold."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import NullPool, Select, create_engine, func, make_url, select
from sqlalchemy.orm import Session

from deltaci.states import (
    ATTEMPT,
    DEPLOYMENT,
    JOB,
    LEASE,
    RUN,
    DeploymentState,
    JobState,
    LeaseState,
    RunState,
    open_states,
)
from deltaci.store.tables import Attempt, Effect, Job, Lease, Run, Transition
from deltaci.testing.waiting import until

EDGES = {
    "run": (RUN, RunState),
    "job": (JOB, JobState),
    "attempt": (ATTEMPT, JobState),
    "lease": (LEASE, LeaseState),
    "deployment": (DEPLOYMENT, DeploymentState),
}
SYNCHRONOUS = {"sqlite+aiosqlite": "sqlite"}


class Ledger:
    """Reads one database. Every question is a fresh connection: servers come and go."""

    def __init__(self, database_url: str) -> None:
        url = make_url(database_url)
        url = url.set(drivername=SYNCHRONOUS.get(url.drivername, url.drivername))
        self._engine = create_engine(url, poolclass=NullPool)

    def all(self, question: Select[Any]) -> Sequence[Any]:
        """Every row of an answer."""
        with Session(self._engine) as session:
            return session.execute(question).all()

    def one(self, question: Select[Any]) -> Any:
        """The only value of an answer."""
        with Session(self._engine) as session:
            return session.scalar(question)

    def run_state(self, run_id: str) -> RunState:
        """State of a run."""
        return RunState(self.one(select(Run.state).where(Run.id == run_id)))

    def workflow_id(self, run_id: str) -> str:
        """Name of a run's workflow in Temporal."""
        return str(self.one(select(Run.workflow_id).where(Run.id == run_id)))

    def open_runs(self) -> list[str]:
        """Ids of the runs that have not ended."""
        question = select(Run.id).where(Run.state.in_(open_states(RUN)))
        return [run_id for (run_id,) in self.all(question)]

    def open_rows(self) -> list[str]:
        """Everything that has not ended: nothing, once all runs have."""
        questions: dict[str, Select[Any, Any]] = {
            "run": select(Run.id, Run.state).where(Run.state.in_(open_states(RUN))),
            "job": select(Job.id, Job.state).where(Job.state.in_(open_states(JOB))),
            "attempt": select(Attempt.id, Attempt.state).where(
                Attempt.state.in_(open_states(ATTEMPT))
            ),
            "lease of": select(Lease.attempt_id, Lease.state).where(
                Lease.state.in_(open_states(LEASE))
            ),
        }
        return [
            f"{kind} {key} is {state}"
            for kind, question in questions.items()
            for key, state in self.all(question)
        ]

    def promised(self) -> int:
        """How many effects wait to be delivered."""
        return int(self.one(select(func.count()).select_from(Effect)))

    def leases_of(self, run_id: str) -> list[LeaseState]:
        """States of a run's leases, oldest first."""
        question = (
            select(Lease.state)
            .join(Attempt, Attempt.id == Lease.attempt_id)
            .where(Attempt.run_id == run_id)
            .order_by(Lease.granted_at, Lease.fence)
        )
        return [LeaseState(state) for (state,) in self.all(question)]

    def check(self) -> None:
        """Raise AssertionError unless every rule holds, now that all runs have ended."""
        until(lambda: not self.promised(), "every promised effect was delivered", seconds=15)
        broken = [*self.open_rows(), *self._doubled_completions(), *self._broken_histories()]
        if broken:
            raise AssertionError("\n".join(broken))

    def _doubled_completions(self) -> Iterator[str]:
        completed = Counter(
            attempt_id
            for (attempt_id,) in self.all(
                select(Lease.attempt_id).where(Lease.state == LeaseState.COMPLETED)
            )
        )
        passed = Counter(
            job_id
            for (job_id,) in self.all(
                select(Attempt.job_id).where(Attempt.state == JobState.SUCCEEDED)
            )
        )
        for what, count in (completed + passed).items():
            if count > 1:
                yield f"{what} was completed {count} times"

    def _broken_histories(self) -> Iterator[str]:
        """Every recorded change must be legal and begin where the one before it ended."""
        last: dict[tuple[str, str], str] = defaultdict(str)
        for change in self._changes():
            subject = (change.subject_kind, change.subject_id)
            edges, kind = EDGES[change.subject_kind]
            source, target = kind(change.from_state), kind(change.to_state)
            step = f"{subject}: {source} -> {target} by {change.actor}"
            if target not in edges[source]:  # type: ignore[index]
                yield f"{step} is no edge"
            if last[subject] not in {"", source}:
                yield f"{step}, but it was {last[subject]}"
            last[subject] = target

    def _changes(self) -> Sequence[Transition]:
        with Session(self._engine) as session:
            return session.scalars(select(Transition).order_by(Transition.id)).all()
