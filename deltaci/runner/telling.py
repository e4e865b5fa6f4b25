"""The line by which people recognise a step: of a script, the last one that does something."""

import re
from collections.abc import Iterator

_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"';&|])*+"""
_ASSIGNMENT = rf"[A-Za-z_]\w*={_VALUE}"
_PREPARATION = re.compile(
    rf"""\s*(?:
        (?:export|cd|set|unset|umask|source|\.)(?:\s+(?:{_ASSIGNMENT}|{_VALUE}))*?\s*(?:;|&&|$)
        | {_ASSIGNMENT}(?:\s+|;|$)
        | exec\s+
    )""",
    re.VERBOSE,
)
_SAYS_NOTHING = re.compile(r"\s*(?:\#.*|(?:fi|done|esac|else|then|do|;;|[})])[\s;})]*)?")
_HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


def telling_line(step: str) -> str:
    """Return the last line of a step that is not preparation, without what prepares it.

    Preparation is `export`, `cd`, `set` and the like, and assignments before a command. A step that
    is nothing else is its own telling line.
    """
    told = [line for line in map(_without_preparation, _lines(step)) if line]
    return told[-1] if told else step.strip()


def _lines(step: str) -> Iterator[str]:
    """The lines of a script, continued ones joined, without the documents that it contains."""
    document = ""
    for line in step.replace("\\\n", " ").splitlines():
        if document:
            document = "" if line.strip() == document else document
            continue
        yield line
        if found := _HERE_DOCUMENT.search(line):
            document = found[2]


def _without_preparation(line: str) -> str:
    begin = 0
    while (found := _PREPARATION.match(line, begin)) and found.end() > begin:
        begin = found.end()
    rest = line[begin:].strip()
    return "" if _SAYS_NOTHING.fullmatch(rest) else rest
