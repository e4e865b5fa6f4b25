"""Where each job of a run stands, as its workflow knows it. Pure and deterministic."""

from collections.abc import Iterable
from itertools import islice

from deltaci.states import JOB, JobState, is_terminal
from deltaci.wire.orchestration import JobTicket

ROWS_SHOWN = 60
WORDS = {JobState.CREATED: "waits", JobState.QUEUED: "offered"}
"""A workflow knows that a job was offered, not how far its runner has come."""
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

    def picture(self) -> str:
        """Render the jobs for Temporal's UI, which would draw a table without gaps."""
        shown = list(islice(self.tickets.items(), ROWS_SHOWN))
        width = max((len(_plain(name)) for name, _ in shown), default=0)
        rows = [self._row(ticket, width) for _, ticket in shown]
        hidden = len(self.tickets) - len(rows)
        more = [f"… and {hidden} more jobs"] if hidden else []
        return "\n".join(["```text", *rows, *more, "```"])

    def _row(self, ticket: JobTicket, width: int) -> str:
        state = self._states[ticket.name]
        optional = "" if ticket.required else "optional"
        row = f"{MARKS.get(state, '▶')} {_plain(ticket.name):{width}}  {WORDS.get(state, state):9}"
        return f"{row}  {optional}".rstrip()

    def _ended(self, name: str) -> bool:
        return is_terminal(JOB, self._states[name])

    def _unsuccessful(self, name: str) -> bool:
        return self._ended(name) and self._states[name] is not JobState.SUCCEEDED


def _plain(name: str) -> str:
    """Job names come from repositories: keep them from being Markdown."""
    return "".join(c if c.isalnum() or c in " :.-_/," else "?" for c in name)[:100]
