"""Texts of others in our Markdown: shown letter for letter, and doing nothing.

Nearly everything in a report comes from a repository, a runner or a log. A code span is the one
place of Markdown in which no forge looks for markup, HTML, mentions, references, addresses or
emoji, so such texts stand in code spans only.
"""

import re

LABEL_MAX = 200
"""Characters of a name."""
SENTENCE_MAX = 500
"""Characters of a reason."""
LINK_MAX = 2000

_LINK = re.compile(
    r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:/[A-Za-z0-9._~/%+=&?,;:-]*)?"
)
_TICKS = re.compile("`+")
NOTHING = "(nothing)"


def plain(text: str, most: int = LABEL_MAX) -> str:
    r"""Return the text on one line of at most `most` characters, with nothing invisible in it.

    Control, formatting and unassigned characters are written out, as `\u202e`.
    """
    head = " ".join(text[: 4 * most].split())
    shown = "".join(_visible(character) for character in head)
    cut = len(shown) > most or len(text) > 4 * most
    return shown[: most - 1] + "…" if cut else shown


def code(text: str, most: int = LABEL_MAX) -> str:
    """Return the text as a code span; it is read as written whatever it contains."""
    shown = plain(text, most) or NOTHING
    fence = "`" * (1 + max((len(ticks) for ticks in _TICKS.findall(shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def is_safe_link(uri: str) -> bool:
    """Whether an address may be clicked: https, a plain host, no credentials, no odd characters."""
    return len(uri) <= LINK_MAX and _LINK.fullmatch(uri) is not None


def link(label: str, uri: str) -> str:
    """Return a link, or what it would have led to as a code span when it is not safe."""
    if is_safe_link(uri):
        return f"[{code(label)}]({uri})"
    return f"{code(label)} at {code(uri, SENTENCE_MAX)}" if uri else code(label)


def fitting(lines: list[str], most: int) -> str:
    """Join lines to a text of at most `most` characters; whole lines are left out and counted."""
    whole = "\n".join(lines)
    if len(whole) <= most:
        return whole
    kept: list[str] = []
    room = most - len("\n\n… and 1000000 lines more")
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "", f"… and {len(lines) - len(kept)} lines more"])


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
