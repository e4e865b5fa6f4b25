"""Booleans as texts. What is neither is refused: `yes` must not quietly mean no."""

from deltaci.tracker.errors import InvalidInputError

TRUE = frozenset({"1", "t", "true"})
FALSE = frozenset({"0", "f", "false"})


def is_boolean(text: str) -> bool:
    """Whether the text is one of the two."""
    return text.strip().lower() in TRUE | FALSE


def parse_boolean(name: str, text: str) -> bool:
    """Read a boolean setting; raises InvalidInputError."""
    if not is_boolean(text):
        raise InvalidInputError(f"{name.replace('_', ' ')} is neither true nor false: {text!r}")
    return text.strip().lower() in TRUE
