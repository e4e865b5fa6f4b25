"""docs/reference/settings.md, from the settings class."""

from collections.abc import Iterator

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from deltaci.settings import Settings

HEAD = """\
# Settings

Written by `make docs` from `deltaci/settings.py`. Every process of the server reads them from its
environment; the unit stands in the name. `delta-ci up` sets what it decides itself, such as
addresses, and passes the rest on.

| variable | default | meaning |
|---|---|---|
"""


def render(_present: str) -> str:
    """The whole page."""
    rows = [
        f"| `{name}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in variables().items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def variables() -> dict[str, FieldInfo]:
    """Every variable that is read, with the field that it sets."""
    prefix = Settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name.upper()}": field for name, field in _leaves(Settings)}


def _leaves(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from ((f"{name}_{leaf}", each) for leaf, each in _leaves(inner))
        else:
            yield name, field


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = "" if field.default in (None, ()) else field.default
    shown = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{shown}`" if shown else "empty"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
