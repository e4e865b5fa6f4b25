"""How `delta-ci track` reads its command line: as the contract's clients do, down to exit codes."""

from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer._click.exceptions import UsageError  # Typer has no public name for it
from typer.core import TyperCommand, TyperGroup

from deltaci.cli.light_options import spare_coercion
from deltaci.cli.track.exits import TrackExit
from deltaci.tracker.booleans import TRUE, is_boolean

WITH_VALUE = frozenset({"--fail-on-api-error", "--skip-preflight-checks"})
WITHOUT_VALUE = frozenset({"--verbose", "-v", "--debug", "--dry-run", "--json"})


class TrackGroup(TyperGroup):
    """Exits with 1 when the command line is wrong, which is 2 elsewhere."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, without what makes Typer slow."""
        return spare_coercion(super().get_params(ctx))

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the group's own options."""
        try:
            return super().make_context(*args, **kwargs)
        except UsageError as error:
            error.exit_code = TrackExit.FAILED
            raise

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Typer hides its vendored Click
        """Run the command."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            error.exit_code = TrackExit.FAILED
            raise


class TrackCommand(TyperCommand):
    """Takes booleans in every spelling: alone, with `=`, with a space, and with `--no-`.

    Its options are texts and switches only, so that it starts without Pydantic.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, without what makes Typer slow."""
        return spare_coercion(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options."""
        return super().parse_args(ctx, list(spelled_out(args)))


def spelled_out(arguments: Sequence[str]) -> Iterator[str]:
    """Give every boolean its value: `--fail-on-api-error false` must not quietly mean true."""
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, value = argument.partition("=")
        positive = f"--{name.removeprefix('--no-')}"
        if argument in WITH_VALUE:
            has_value = bool(waiting) and is_boolean(waiting[0])
            yield f"{argument}={waiting.pop(0) if has_value else 'true'}"
        elif argument.startswith("--no-") and positive in WITH_VALUE:
            yield f"{positive}=false"
        elif equals and name in WITHOUT_VALUE and is_boolean(value):
            if value.strip().lower() in TRUE:
                yield name
        else:
            yield argument
