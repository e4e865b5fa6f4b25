"""What a workflow asks of Temporal, read from its source: the order that replays depend on."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

COMMANDS = frozenset(
    {
        *("execute_activity_method", "execute_local_activity_method", "start_activity_method"),
        *("execute_activity", "execute_local_activity", "start_activity", "start_local_activity"),
        *("execute_child_workflow", "start_child_workflow", "get_external_workflow_handle"),
        *("sleep", "wait", "wait_condition", "create_task", "continue_as_new", "patched"),
        *("upsert_search_attributes", "upsert_memo", "uuid4", "random", "signal"),
        *("step", "far_step", "_until", "_ask", "_call", "_follow"),
    }
)
"""Calls that become commands, decide their order, or wrap such calls."""


def commands_of(sources: Iterable[Path]) -> list[str]:
    """Return one line per command, in source order: `module.function: call(first argument)`."""
    return [line for source in sources for line in _lines_of(source)]


def _lines_of(source: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(source.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [call for call in ast.walk(function) if isinstance(call, ast.Call)]
            for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
                name = _called(call)
                if name in COMMANDS:
                    yield f"{source.stem}.{function.name}: {name}({_first_argument(call)})"


def _called(call: ast.Call) -> str:
    target = call.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _first_argument(call: ast.Call) -> str:
    return ast.unparse(call.args[0]) if call.args else ""
