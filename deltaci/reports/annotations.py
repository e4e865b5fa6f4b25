"""Places in files that a failed job's output names, as remarks beside the change."""

import re
from collections.abc import Iterator
from typing import Any

from deltaci.reports.inert import SENTENCE_MAX, plain
from deltaci.store.tables import FailureExplanation
from deltaci.vcs.port import Annotation

ANNOTATIONS_MAX = 50
"""Remarks of one job; forges take about so many at a time."""
PATH_MAX = 300
LINE_MAX = 1_000_000
SEARCHED_MAX = 2000
"""Characters of one text that are looked at."""

_ALONE = r"(?<![\w./\\:-])"
_PATH = r"(?P<path>(?:\./)?[\w-][\w./-]{0,300}\.[A-Za-z]\w{0,11})"
_LINE = r"(?P<line>\d{1,7})\b"
_PLACES = (
    re.compile(f"{_ALONE}{_PATH}:{_LINE}", re.ASCII),
    re.compile(rf"{_ALONE}{_PATH}\({_LINE}[,)]", re.ASCII),
    re.compile(f'File "{_PATH}", line {_LINE}', re.ASCII),
)
_HOSTS = (".com", ".org", ".net", ".io", ".local", ".internal")
"""Endings by which a host and its port are told from a file and its line."""


def annotations_of(
    explanation: FailureExplanation | None, tests: dict[str, Any] | None, workdir: str
) -> tuple[Annotation, ...]:
    """Return a remark for each place that the failed tests and the explanation name.

    Only paths within the repository count; one that is named twice has one remark.
    """
    found: dict[tuple[str, int], Annotation] = {}
    for title, text in _texts(explanation, tests):
        place = find_place(text, workdir)
        if place is not None and len(found) < ANNOTATIONS_MAX:
            remark = Annotation(*place, plain(title), plain(text, SENTENCE_MAX))
            found.setdefault(place, remark)
    return tuple(found.values())


def find_place(text: str, workdir: str = ".") -> tuple[str, int] | None:
    """Return the first `path:line` of a text, from the repository's root; None without any."""
    matches = [match for form in _PLACES for match in form.finditer(text[:SEARCHED_MAX])]
    for match in sorted(matches, key=re.Match.start):
        path, line = match["path"].removeprefix("./"), int(match["line"])
        if _is_within(path) and 0 < line <= LINE_MAX:
            return _from_root(path, workdir), line
    return None


def _texts(
    explanation: FailureExplanation | None, tests: dict[str, Any] | None
) -> Iterator[tuple[str, str]]:
    for failure in (tests or {}).get("failures", ()):
        yield failure["name"], failure["message"] or failure["name"]
    if explanation is not None:
        for part in explanation.details.split(" | "):
            yield explanation.summary, part


def _is_within(path: str) -> bool:
    parts = path.split("/")
    is_host = len(parts) == 1 and path.endswith(_HOSTS)
    return len(path) <= PATH_MAX and not is_host and not {"", ".", "..", ".git"} & set(parts)


def _from_root(path: str, workdir: str) -> str:
    """Tools name files from where they run; a path that begins there already is left alone."""
    folder = workdir.removeprefix("./").strip("/")
    if folder in {"", "."} or not _is_within(folder) or path.startswith(f"{folder}/"):
        return path
    return f"{folder}/{path}"
