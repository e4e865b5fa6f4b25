"""Reading `go.mod` and `go.work` without the Go toolchain."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Module:
    """What a `go.mod` says that matters between modules; `replaces` has local targets only."""

    path: str
    requires: frozenset[str]
    replaces: tuple[tuple[str, str], ...]


UNREADABLE = Module("", frozenset(), ())
"""Stands for a `go.mod` that makes no sense: its jobs still run, and fail with Go's own words."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The modules that a `go.work` joins."""

    uses: tuple[str, ...]
    replaces: tuple[tuple[str, str], ...]


def parse_module(text: str) -> Module | None:
    """Return the module, or None when the text names none."""
    path, requires, replaces = "", set(), []
    for verb, words in _directives(text):
        if verb == "module":
            path = words[0]
        elif verb == "require":
            requires.add(words[0])
        elif verb == "replace":
            replaces.extend(_local_replacement(words))
    return Module(path, frozenset(requires), tuple(replaces)) if path else None


def parse_workspace(text: str) -> Workspace:
    """Return the workspace; `uses` is empty when it joins nothing."""
    uses, replaces = [], []
    for verb, words in _directives(text):
        if verb == "use":
            uses.append(words[0])
        elif verb == "replace":
            replaces.extend(_local_replacement(words))
    return Workspace(tuple(uses), tuple(replaces))


def _directives(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each directive with its words, whether written on a line or in a block."""
    block = ""
    for line in text.splitlines():
        words = [word.strip('"`') for word in line.partition("//")[0].split()]
        if not words:
            continue
        if block and words == [")"]:
            block = ""
        elif block:
            yield block, words
        elif words[-1] == "(":
            block = words[0]
        elif len(words) > 1:
            yield words[0], words[1:]


def _local_replacement(words: list[str]) -> list[tuple[str, str]]:
    if "=>" not in words or words[-1] == "=>" or words[0] == "=>":
        return []
    target = words[words.index("=>") + 1]
    return [(words[0], target)] if target.startswith((".", "/")) else []
