"""Hostile text made harmless: nothing from a repository, runner or log may drive the terminal."""

import re
import unicodedata

_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
_RESET = "\x1b[0m"
_KEPT = frozenset("\n\t")
# Control and format characters: escape sequences, and marks that reorder or hide text.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def harmless(text: str) -> str:
    """Return `text` with every control, invisible or reordering character written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def one_line(text: str) -> str:
    """Like `harmless`, with line breaks and tabs as single spaces."""
    return harmless(" ".join(text.split()))


def harmless_log(text: str) -> str:
    """Like `harmless` for log output: colors stay, and cannot leak past the end of a line."""
    return "".join(_log_line(line) for line in text.replace("\r\n", "\n").splitlines(keepends=True))


def _log_line(line: str) -> str:
    colors = _COLOR.findall(line)
    if not colors:
        return harmless(line)
    pieces = _COLOR.split(line.rstrip("\n"))
    shown = harmless(pieces[0]) + "".join(
        color + harmless(piece) for color, piece in zip(colors, pieces[1:], strict=True)
    )
    return shown + _RESET + ("\n" if line.endswith("\n") else "")


def _visible(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
