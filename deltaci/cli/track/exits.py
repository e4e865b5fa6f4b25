"""Exit codes of `delta-ci track`: the contract's, for every command alike (spec §2.6)."""

from enum import IntEnum

from deltaci.tracker.outcomes import Verdict


class TrackExit(IntEnum):
    """What the shell learns. 4 and 5 mean what the contract says, unlike in other commands."""

    OK = 0
    FAILED = 1
    """The command line is wrong, or no server answered usably."""
    REFUSED = 4
    BLOCKED = 5


EXITS = {
    Verdict.RECORDED: TrackExit.OK,
    Verdict.BLOCKED: TrackExit.BLOCKED,
    Verdict.REFUSED: TrackExit.REFUSED,
    Verdict.UNAVAILABLE: TrackExit.FAILED,
}


def exit_of(verdict: Verdict, *, tolerant: bool) -> TrackExit:
    """The exit code. Best effort tolerates everything but a refusal by a rule."""
    if tolerant and verdict is not Verdict.BLOCKED:
        return TrackExit.OK
    return EXITS[verdict]
