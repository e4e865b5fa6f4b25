"""Options that need no coercion. Typer would load Pydantic for them, which takes 100 ms."""

from typing import Any

from typer._coercion import RuntimeParam  # Typer has no public way around it
from typer.core import TyperOption


def spare_coercion(parameters: list[Any]) -> list[Any]:
    """Have texts taken as they are, and switches as the parser has them. Returns the parameters."""
    for option in parameters:
        if not isinstance(option, TyperOption):
            continue
        annotation = option.type_descriptor.annotation
        if annotation is str or (annotation is bool and not option.envvar):
            as_given = _AsGiven(option.type_descriptor.parameter_info, annotation)
            option._runtime_param = as_given  # noqa: SLF001 - a test tells when it has no effect
    return parameters


class _AsGiven(RuntimeParam):
    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        del param, ctx
        return value
