"""Commands in comments: `/ci rerun [job…]`, `/ci cancel`, `/ci why <path or job>`."""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "/ci"
WORDS_MAX = 50
WORD_MAX_LENGTH = 300


class Verb(StrEnum):
    """What can be asked for."""

    RERUN = "rerun"
    CANCEL = "cancel"
    WHY = "why"


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its words."""

    verb: Verb
    words: tuple[str, ...] = ()


def is_command(body: str) -> bool:
    """Whether a comment holds a command."""
    return parse_command(body) is not None


def parse_command(body: str) -> Command | None:
    """Return the first command that stands on a line of its own, or None.

    Quoted lines (`> /ci cancel`) are somebody else's words. A verb with the wrong number of words
    is none.
    """
    for line in body.splitlines():
        prefix, *words = line.split() or [""]
        if prefix == PREFIX and words and words[0] in set(Verb):
            command = Command(Verb(words[0]), tuple(words[1:]))
            return command if _makes_sense(command) else None
    return None


def _makes_sense(command: Command) -> bool:
    if len(command.words) > WORDS_MAX or any(len(it) > WORD_MAX_LENGTH for it in command.words):
        return False
    expected = {Verb.RERUN: True, Verb.CANCEL: not command.words, Verb.WHY: len(command.words) == 1}
    return expected[command.verb]
