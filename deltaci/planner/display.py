"""How hostile names and long lists appear in explanations."""

from collections.abc import Sequence

EXPLAIN_LIST_MAX = 6
NAME_MAX_CHARACTERS = 200


def printable(text: str) -> str:
    """Return `text` on one printable line: control and undecodable characters are escaped."""
    if text.isascii() and text.isprintable():
        shown = text
    else:
        shown = "".join(char if char.isprintable() else _escaped(char) for char in text)
    if len(shown) > NAME_MAX_CHARACTERS:
        return shown[: NAME_MAX_CHARACTERS - 1] + "…"
    return shown


def listed(names: Sequence[str], most: int = EXPLAIN_LIST_MAX) -> str:
    """Return the names as a list that is cut after `most` (spec §4.6)."""
    shown = ", ".join(printable(name) for name in names[:most])
    return f"{shown}, ... ({len(names)} total)" if len(names) > most else shown


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
