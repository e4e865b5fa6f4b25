"""Read a catalog's file; secrets come from variables that it names."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STDIN = "-"
SECRET, SECRET_ENV = "secret", "secret_env"


class UnusableFileError(Exception):
    """The file cannot be applied; each fault is a sentence."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_file(name: str, variables: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the document that a file, or `-` for standard input, says. Raises UnusableFileError.

    A recipe's `secret_env` becomes its secret: the value of that variable.
    """
    from deltaci.planner.config.document import load_document  # noqa: PLC0415 - YAML is slow to load
    from deltaci.planner.model import PlanError  # noqa: PLC0415 - only this command needs it

    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        document = load_document(name, content)
    except OSError as error:
        raise UnusableFileError(f"{name} cannot be read: {error.strerror}") from error
    except PlanError as error:
        raise UnusableFileError(str(error)) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UnusableFileError(
            f"{name} must be a mapping of services, environments, recipes and groups"
        )
    return _with_secrets(document, variables)


def _with_secrets(document: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    recipes = document.get("recipes")
    if not isinstance(recipes, dict):
        return document
    faults = [fault for each in recipes.items() if (fault := _fault(*each, variables))]
    if faults:
        raise UnusableFileError(*faults)
    return document | {
        "recipes": {name: _resolved(entry, variables) for name, entry in recipes.items()}
    }


def _fault(name: str, entry: Any, variables: Mapping[str, str]) -> str:
    if not isinstance(entry, dict):
        return ""
    if SECRET in entry:
        return (
            f"recipes.{name}.{SECRET}: no secret belongs into a file; name a variable: {SECRET_ENV}"
        )
    variable = entry.get(SECRET_ENV)
    if SECRET_ENV in entry and (not isinstance(variable, str) or variable not in variables):
        return f"recipes.{name}.{SECRET_ENV}: there is no such variable"
    return ""


def _resolved(entry: Any, variables: Mapping[str, str]) -> Any:
    if not isinstance(entry, dict) or SECRET_ENV not in entry:
        return entry
    others = {key: value for key, value in entry.items() if key != SECRET_ENV}
    return others | {SECRET: variables[entry[SECRET_ENV]]}
