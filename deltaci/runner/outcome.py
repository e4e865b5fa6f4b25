"""How a job ended, in the words of the protocol."""

from dataclasses import dataclass

from deltaci.wire.runner import CompletionStatus

_COMMAND_MAX = 80
_SIGNAL_BASE = 128


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a job; `exit_code` is None when no command decided it."""

    status: CompletionStatus
    exit_code: int | None = None
    summary: str = ""


SUCCEEDED = Outcome(CompletionStatus.SUCCEEDED, 0)


def failed(summary: str, exit_code: int | None = None) -> Outcome:
    """The job failed for a reason that is not a step's exit code."""
    return Outcome(CompletionStatus.FAILED, exit_code, summary)


def step_failed(number: int, command: str, code: int) -> Outcome:
    """Step `number` (from 1) ended with `code`, negative for a signal."""
    how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
    summary = f"step {number} '{shorten(command)}' failed: {how}"
    return Outcome(CompletionStatus.FAILED, shell_code(code), summary)


def timed_out(seconds: int) -> Outcome:
    """The job used up its time."""
    return Outcome(CompletionStatus.TIMED_OUT, None, f"timed out after {seconds}s")


def shell_code(code: int) -> int:
    """Return the exit code as a shell reports it: 128 + n for signal n."""
    return _SIGNAL_BASE - code if code < 0 else code


def shorten(command: str, limit: int = _COMMAND_MAX) -> str:
    """Return the command on one line of at most `limit` characters."""
    line = " ".join(command.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
