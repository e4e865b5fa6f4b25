"""Texts cut to the sizes that a forge accepts."""

ELLIPSIS = "…"
CUT = "\n\n*This is cut: the forge shows no more.*\n"


def cut_line(text: str, limit: int) -> str:
    """Return `text` of at most `limit` characters, ending in `…` when it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def cut_bytes(text: str, limit: int, note: str = ELLIPSIS) -> str:
    """Return `text` of at most `limit` bytes in UTF-8, no character in two, and a note of the cut.

    Also what is limited in characters is cut by this where forges contradict themselves in which
    of the two they count: bytes are never fewer.
    """
    whole = text.encode()
    if len(whole) <= limit:
        return text
    return whole[: limit - len(note.encode())].decode(errors="ignore") + note


def cut_markdown(text: str, limit: int) -> str:
    """Return `text` of at most `limit` bytes, with a paragraph that says so when it was cut."""
    return cut_bytes(text, limit, CUT)
