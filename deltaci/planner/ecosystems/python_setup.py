"""The literal keywords of a `setup()` call, read from the syntax tree and never executed."""

import ast
from typing import Any

_SOURCE_MAX_CHARACTERS = 100_000


def setup_keywords(source: str) -> dict[str, Any] | None:
    """Return the keywords of `setup(…)`, or None when the dependencies are computed at run time.

    Other keywords that are not literals are left out.
    """
    try:
        tree = ast.parse(source[:_SOURCE_MAX_CHARACTERS])
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        setup = next((call for call in calls if _called(call) == "setup"), None)
        return _literals(setup) if setup else {}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literals(call: ast.Call) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        try:
            found[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            if keyword.arg in {"install_requires", "extras_require"}:
                return None
    return found
