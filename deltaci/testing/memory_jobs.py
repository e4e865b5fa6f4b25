"""Jobs on runners that only exist in memory, for the engine `runner`."""

from dataclasses import dataclass, field

from deltaci.engines.port import (
    EngineState,
    EngineUnavailableError,
    JobOrder,
    JobRefusedError,
    JobStanding,
)


@dataclass
class MemoryJobs:
    """Implements `JobOffice`; a test says how the jobs go."""

    orders: dict[str, JobOrder] = field(default_factory=dict)
    """What was ordered, by run: the effects."""
    standings: dict[str, JobStanding] = field(default_factory=dict)
    reachable: bool = True
    refusal: str = ""
    """Why orders are refused; empty accepts them."""

    async def start_job(self, order: JobOrder) -> str:
        """See JobOffice."""
        self._require_reachable()
        if self.refusal:
            raise JobRefusedError(self.refusal)
        for run_id, known in self.orders.items():
            if known.key == order.key:
                return run_id
        run_id = f"run_{len(self.orders) + 1}"
        self.orders[run_id] = order
        self.standings[run_id] = JobStanding(EngineState.RUNNING)
        return run_id

    async def look(self, run_id: str) -> JobStanding:
        """See JobOffice."""
        self._require_reachable()
        return self.standings[run_id]

    async def cancel(self, run_id: str) -> None:
        """See JobOffice."""
        self._require_reachable()
        if self.standings[run_id].state is EngineState.RUNNING:
            self.standings[run_id] = JobStanding(EngineState.CANCELED)

    def end(self, state: EngineState, reason: str = "", *, timed_out: bool = False) -> None:
        """Let every job end."""
        standing = JobStanding(state, timed_out, reason)
        self.standings = dict.fromkeys(self.orders, standing)

    def _require_reachable(self) -> None:
        if not self.reachable:
            raise EngineUnavailableError("the database cannot be reached")
