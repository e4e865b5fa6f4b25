"""The version that a file of the tree says."""

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from deltaci.planner.display import printable
from deltaci.planner.model import EntryKind, Tree

VERSION_MAX_CHARACTERS = 200
"""As many as a registered version may have."""


class NoVersionError(Exception):
    """The file says no version; the message says why."""


def version_in(tree: Tree, path: str) -> str:
    """Return what the file says; whether it is a version of the registry's form is not judged.

    Raises NoVersionError for a file that is not there, cannot be read, or says nothing fit.
    """
    name = printable(path)
    entry = tree.entries.get(path)
    if entry is None or entry.kind is not EntryKind.FILE:
        raise NoVersionError(f"{name} is not a file of the commit")
    content = tree.read_many([path]).get(path)
    if content is None:
        raise NoVersionError(f"{name} cannot be read, or is too large")
    try:
        text = content.decode("utf-8-sig")
        read = _READERS.get(path.rpartition("/")[2], str.strip)
        version: Any = read(text)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise NoVersionError(f"{name} says no version") from error
    if not isinstance(version, str) or not version or not version.isprintable():
        raise NoVersionError(f"{name} says no version in one line")
    if len(version) > VERSION_MAX_CHARACTERS:
        raise NoVersionError(f"{name} says more than {VERSION_MAX_CHARACTERS} characters")
    return version


def _of_python(text: str) -> Any:
    content = tomllib.loads(text)
    if "project" in content and "version" in content["project"]:
        return content["project"]["version"]
    return content["tool"]["poetry"]["version"]


def _of_rust(text: str) -> Any:
    return tomllib.loads(text)["package"]["version"]


def _of_node(text: str) -> Any:
    return json.loads(text)["version"]


_READERS: Mapping[str, Callable[[str], Any]] = {
    "pyproject.toml": _of_python,
    "Cargo.toml": _of_rust,
    "package.json": _of_node,
}
