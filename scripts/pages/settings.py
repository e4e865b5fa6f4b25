"""docs/reference/settings.md, from the settings class."""

from pydantic import SecretStr
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
    prefix = Settings.model_config.get("env_prefix", "")
    rows = [
        f"| `{prefix}{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    shown = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"`{shown}`" if shown else "empty"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
