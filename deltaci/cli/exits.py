"""Exit codes of `delta-ci`, the same for every command."""

from collections.abc import Mapping
from enum import IntEnum

from deltaci.states import RunState


class ExitCode(IntEnum):
    """What the shell learns."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CANCELED = 3
    REFUSED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done; a run that was waited for succeeded",
    ExitCode.FAILED: "the run failed or timed out, or the command could not do its work",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.CANCELED: "the run was canceled",
    ExitCode.REFUSED: "the server understood the request and refused it",
    ExitCode.UNREACHABLE: "no server answered",
    ExitCode.INTERRUPTED: "Ctrl-C",
}

_OUTCOMES = {RunState.SUCCEEDED: ExitCode.OK, RunState.CANCELED: ExitCode.CANCELED}


def outcome_exit(state: str) -> ExitCode:
    """The exit code for a run that ended in `state`."""
    return _OUTCOMES.get(RunState(state), ExitCode.FAILED)
