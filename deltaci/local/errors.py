"""Why the embedded stack could not start or had to stop."""

from pathlib import Path


class StackError(Exception):
    """The stack cannot start or go on. The message says what to do about it."""


class ChildFailedError(StackError):
    """A part did not start, or died. Carries the end of its log."""

    def __init__(self, name: str, problem: str, log_path: Path, log_tail: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name
        self.log_path = log_path
        self.log_tail = log_tail


class StopRequested(Exception):  # noqa: N818 - not an error: Ctrl-C or SIGTERM while starting
    """Somebody asked the stack to stop."""
