"""Where each job of a run stands, as its workflow knows it. Pure and deterministic."""

from collections.abc import Iterable
from itertools import islice

from deltaci.states import JOB, JobState, is_terminal
from deltaci.wire.orchestration import JobTicket

ROWS_SHOWN = 60
MARKS = {
    JobState.CREATED: "·",
    JobState.QUEUED: "…",
    JobState.SUCCEEDED: "✓",
    JobState.FAILED: "✗",
    JobState.TIMED_OUT: "✗",
    JobState.CANCELED: "-",
}


class JobBoard:
    """The jobs of one run and how far each has come."""

    def __init__(self, tickets: Iterable[JobTicket]) -> None:
        self.tickets = {ticket.name: ticket for ticket in tickets}
        self._states = {name: ticket.state for name, ticket in self.tickets.items()}

    def set(self, name: str, state: JobState) -> None:
        """Note a job's state."""
        self._states[name] = state

    def unfinished(self) -> list[JobTicket]:
        """Return the jobs that something can still happen to, in plan order."""
        return [t for t in self.tickets.values() if not self._ended(t.name)]

    def is_finished(self) -> bool:
        """Whether every job has ended."""
        return all(self._ended(name) for name in self.tickets)

    def broken(self) -> str | None:
        """Return the first required job that ended without success, in plan order."""
        return next(
            (t.name for t in self.tickets.values() if t.required and self._unsuccessful(t.name)),
            None,
        )

    def needs_ended(self, name: str) -> bool:
        """Whether everything that the job needs has ended."""
        return all(self._ended(need) for need in self.tickets[name].needs)

    def obstacle(self, name: str) -> str | None:
        """Say which need keeps the job from ever running, or None."""
        for need in self.tickets[name].needs:
            if self._unsuccessful(need):
                return f"needs {need}, which is {self._states[need]}"
        return None

    def table(self) -> str:
        """Render the jobs as Markdown for Temporal's UI."""
        rows = [
            f"| {MARKS.get(self._states[name], '▶')} | {_plain(name)} "
            f"| {self._states[name]} | {'required' if ticket.required else 'optional'} |"
            for name, ticket in islice(self.tickets.items(), ROWS_SHOWN)
        ]
        hidden = len(self.tickets) - len(rows)
        more = [f"\n… and {hidden} more jobs"] if hidden else []
        return "\n".join(["| | job | state | |", "|-|-|-|-|", *rows, *more])

    def _ended(self, name: str) -> bool:
        return is_terminal(JOB, self._states[name])

    def _unsuccessful(self, name: str) -> bool:
        return self._ended(name) and self._states[name] is not JobState.SUCCEEDED


def _plain(name: str) -> str:
    """Job names come from repositories: keep them from being Markdown."""
    return "".join(c if c.isalnum() or c in " :.-_/," else "?" for c in name)[:100]
