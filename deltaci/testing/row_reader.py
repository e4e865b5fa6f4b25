"""What the rows say, for assertions."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from deltaci.core import Core
from deltaci.states import JobState, LeaseState, RunState
from deltaci.store.leases import hash_lease_id
from deltaci.store.tables import Attempt, Base, Job, Lease, Run, Transition

Row = TypeVar("Row", bound=Base)


class RowReader:
    """Reads rows afresh, each time in a transaction of its own."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def all(self, table: type[Row], *where: Any) -> Sequence[Row]:
        """Read the rows of a table in the order of their keys."""
        async with self._core.database.read() as tx:
            statement = select(table).where(*where).order_by(*table.__table__.primary_key)
            return (await tx.scalars(statement)).all()

    async def one(self, table: type[Row], *where: Any) -> Row:
        """Read the only such row."""
        (row,) = await self.all(table, *where)
        return row

    async def run(self, run_id: str) -> Run:
        """Read a run."""
        return await self.one(Run, Run.id == run_id)

    async def run_state(self, run_id: str) -> RunState:
        """Read a run's state."""
        return (await self.run(run_id)).state

    async def job(self, run_id: str, name: str = "build") -> Job:
        """Read a run's job by name."""
        return await self.one(Job, Job.run_id == run_id, Job.name == name)

    async def job_states(self, run_id: str) -> dict[str, JobState]:
        """Read the states of a run's jobs by name."""
        return {job.name: job.state for job in await self.all(Job, Job.run_id == run_id)}

    async def attempts(self, run_id: str, name: str = "build") -> Sequence[Attempt]:
        """Read a job's attempts, oldest first."""
        job = await self.job(run_id, name)
        rows = await self.all(Attempt, Attempt.job_id == job.id)
        return sorted(rows, key=lambda attempt: attempt.attempt_number)

    async def attempt(self, run_id: str, name: str = "build") -> Attempt:
        """Read a job's newest attempt."""
        return (await self.attempts(run_id, name))[-1]

    async def lease(self, lease_id: str) -> Lease:
        """Read a lease by its secret."""
        return await self.one(Lease, Lease.id_hash == hash_lease_id(lease_id))

    async def lease_state(self, lease_id: str) -> LeaseState:
        """Read a lease's state."""
        return (await self.lease(lease_id)).state

    async def moves(self, subject_id: str) -> list[str]:
        """Read the states that a subject went through after its first."""
        rows = await self.all(Transition, Transition.subject_id == subject_id)
        return [row.to_state for row in rows]
