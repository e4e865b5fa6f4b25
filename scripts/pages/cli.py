"""docs/reference/cli.md, from the Typer application."""

from collections.abc import Iterator
from typing import Any

import typer

from deltaci.cli.exits import MEANINGS
from deltaci.cli.main import app
from deltaci.cli.options import CONNECTION

HEAD = """\
# Command line

Written by `make docs` from the program itself. Commands talk HTTP only: to the server that
`--url` or `DELTA_CI_URL` names, with the token from `--token` or `DELTA_CI_TOKEN`; without an
address, to the stack that `delta-ci up` runs on `--data-dir`, whose own credential is then used.
With `--json`, standard output carries JSON and nothing else.

## Exit codes

`delta-ci track` has [those of its contract](../how-to/track-events.md#when-it-fails); every other
command has these.

| code | meaning |
|---|---|
"""


def render(_present: str) -> str:
    """The whole page."""
    codes = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    commands = _commands(typer.main.get_command(app), "delta-ci")
    return HEAD + "\n".join([*codes, *commands]) + "\n"


def _commands(command: Any, name: str) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield from _section(command, name)
    for child, nested in (children or {}).items():
        yield from _commands(nested, f"{name} {child}")


def _section(command: Any, name: str) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    named = " ".join(each.metavar if each.required else f"[{each.metavar}]" for each in arguments)
    yield from ("", f"## {name}", "", f"`{' '.join(filter(None, (name, named)))} [OPTIONS]`", "")
    yield command.help
    yield from ("", "| option | default | meaning |", "|---|---|---|")
    for each in arguments:
        yield f"| `{each.metavar}` | {'required' if each.required else ''} | {_cell(each.help)} |"
    for each in options:
        if each.rich_help_panel != CONNECTION and not each.hidden:
            yield _row(each)
    connection = [f"`{each.opts[0]}`" for each in options if each.rich_help_panel == CONNECTION]
    if connection:
        yield from ("", f"Connection: {', '.join(connection)}.")


def _row(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    default = "required" if option.required else _default(option.default)
    variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    named = " or ".join(f"`{name}`" for name in variables)
    variable = f" Variable: {named}." if named else ""
    return f"| {names} | {default} | {_cell(option.help)}{variable} |"


def _default(value: object) -> str:
    return "" if value in {None, "", False} else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
