"""Faults of requests in the words of Pydantic 1, which the Versioner contract's clients know."""

from collections.abc import Callable, Mapping
from typing import Any

from deltaci.wire.refusals import Fault

Limits = Mapping[str, Any]

_WORDS: Mapping[str, tuple[str, Callable[[Limits], str]]] = {
    "missing": ("value_error.missing", lambda _: "field required"),
    "string_too_long": (
        "value_error.any_str.max_length",
        lambda limits: f"ensure this value has at most {limits['max_length']} characters",
    ),
    "string_too_short": (
        "value_error.any_str.min_length",
        lambda limits: f"ensure this value has at least {limits['min_length']} characters",
    ),
    "string_pattern_mismatch": (
        "value_error.str.regex",
        lambda limits: f'string does not match regex "{limits["pattern"]}"',
    ),
    "too_long": (
        "value_error.list.max_items",
        lambda limits: f"ensure this value has at most {limits['max_length']} items",
    ),
    "too_short": (
        "value_error.list.min_items",
        lambda limits: f"ensure this value has at least {limits['min_length']} items",
    ),
    "greater_than": (
        "value_error.number.not_gt",
        lambda limits: f"ensure this value is greater than {limits['gt']}",
    ),
    "greater_than_equal": (
        "value_error.number.not_ge",
        lambda limits: f"ensure this value is greater than or equal to {limits['ge']}",
    ),
    "less_than": (
        "value_error.number.not_lt",
        lambda limits: f"ensure this value is less than {limits['lt']}",
    ),
    "less_than_equal": (
        "value_error.number.not_le",
        lambda limits: f"ensure this value is less than or equal to {limits['le']}",
    ),
    "enum": (
        "type_error.enum",
        lambda limits: f"value is not a valid enumeration member; permitted: {limits['expected']}",
    ),
    "literal_error": (
        "value_error.const",
        lambda limits: f"unexpected value; permitted: {limits['expected']}",
    ),
    "extra_forbidden": ("value_error.extra", lambda _: "extra fields not permitted"),
    "json_invalid": ("value_error.jsondecode", lambda _: "the body is not valid JSON"),
    "string_unicode": ("value_error.jsondecode", lambda _: "the body is not valid UTF-8"),
}
"""Type and message of each fault that is told by its own limits."""

_FAMILIES: Mapping[str, tuple[str, str]] = {
    "string": ("type_error.str", "str type expected"),
    "dict": ("type_error.dict", "value is not a valid dict"),
    "model": ("type_error.dict", "value is not a valid dict"),
    "list": ("type_error.list", "value is not a valid list"),
    "bool": ("type_error.bool", "value could not be parsed to a boolean"),
    "int": ("type_error.integer", "value is not a valid integer"),
    "float": ("type_error.float", "value is not a valid float"),
    "date": ("value_error.date", "invalid date format"),
    "datetime": ("value_error.datetime", "invalid datetime format"),
    "timezone": ("value_error.datetime", "invalid datetime format"),
}
"""The same of all faults whose type begins with the word."""

OURS = "Value error, "


def fault_of(error: Mapping[str, Any]) -> Fault:
    """Return one of Pydantic's errors as the contract's clients expect it."""
    kind, limits = error["type"], error.get("ctx", {})
    loc = [part if isinstance(part, int) else str(part) for part in error["loc"]]
    if kind in _WORDS:
        name, message = _WORDS[kind]
        return Fault(loc=loc, msg=message(limits), type=name)
    name, said = _FAMILIES.get(
        kind.partition("_")[0], ("value_error", str(error["msg"]).removeprefix(OURS))
    )
    return Fault(loc=loc, msg=said, type=name)
