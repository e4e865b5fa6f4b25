"""Exit codes of `delta-ci`, the same for every command."""

from enum import IntEnum

from deltaci.states import RunState


class ExitCode(IntEnum):
    """What the shell learns."""

    OK = 0
    FAILED = 1
    """The run failed or timed out, or the command could not do its work."""
    USAGE = 2
    """The command line is wrong."""
    CANCELED = 3
    """The run was canceled."""
    REFUSED = 4
    """The server understood the request and refused it."""
    UNREACHABLE = 5
    """No server answered."""
    INTERRUPTED = 130
    """Ctrl-C."""


_OUTCOMES = {RunState.SUCCEEDED: ExitCode.OK, RunState.CANCELED: ExitCode.CANCELED}


def outcome_exit(state: str) -> ExitCode:
    """The exit code for a run that ended in `state`."""
    return _OUTCOMES.get(RunState(state), ExitCode.FAILED)
