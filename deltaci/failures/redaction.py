"""Masks secrets and removes control characters, in finished text and in streams of bytes.

Two things are masked: the values that the caller knows to be secret (with their usual encodings),
and whatever looks like a well-known credential. Masking is a safety net: it cannot find a secret
that a program prints in disguise.
"""

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from deltaci.failures.secret_shapes import (
    KEY_BEGIN,
    KEY_END,
    KEY_MAX_LINES,
    LONGEST_MATCH,
    SHAPES,
)

MASK = "***"
SHORTEST_SECRET = 4
"""Shorter known values are left alone: masking every `1` hides the log and protects nothing."""
SHORTEST_PART = 8
"""Lines of a secret, and its encodings, are masked from this length."""

Span = tuple[int, int]

_ESCAPES = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]{0,4}[0-~]"
    r"|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]"
)
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """Return `text` with secrets replaced by `***`, without terminal escapes or control characters.

    Line feeds and tabs stay, so line numbers do too. Lone surrogates become `?`: the answer can
    always be encoded as UTF-8.
    """
    visible = strip_controls(text)
    return _Masker(_needles(map(strip_controls, secrets))).lines(visible)


def strip_controls(text: str) -> str:
    """Remove what a terminal would obey and a reader would not see: colours, bidi marks."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    unescaped = _ESCAPES.sub("", encodable.replace("\r\n", "\n").replace("\r", " "))
    return _CONTROLS.sub("", unescaped)


class StreamRedactor:
    """Masks secrets in a stream of bytes that arrives in chunks of any size.

    What comes out does not depend on where the chunks were cut. A line is held back until it is
    complete, or until `limit` bytes of it have arrived. Everything else passes unchanged, colours
    included. Feed in order from one task; call `finish` once, at the end.
    """

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._masker = _Masker(map(_as_latin, _needles(secrets)))
        self._lookahead = max(LONGEST_MATCH, self._masker.longest)
        self.limit = 2 * self._lookahead
        self._held = ""

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; return those that are ready, masked."""
        self._held += chunk.decode("latin-1")
        ready: list[str] = []
        position = 0
        while end := self._ready(position):
            piece = self._held[position:end]
            ready.append(self._masker.lines(piece))
            position = end
        self._held = self._held[position:]
        return "".join(ready).encode("latin-1")

    def finish(self) -> bytes:
        """Return what was held back; nothing more may be fed."""
        rest, self._held = self._held, ""
        return self._masker.lines(rest).encode("latin-1")

    def _ready(self, start: int) -> int:
        """The end of what can be masked now, from `start`; 0 when more bytes must come first."""
        stop = start + self.limit
        newline = self._held.rfind("\n", start, stop)
        if newline >= 0:
            return newline + 1
        if len(self._held) < stop:
            return 0
        return start + self._masker.safe_cut(self._held[start:stop], self._lookahead)


class _Masker:
    """Knows the secrets of one text or stream, and whether it is inside a private key.

    No pattern and no needle crosses a line feed, so lines can be masked in groups of any size.
    """

    def __init__(self, needles: Iterable[str]) -> None:
        self._needles = tuple(needles)
        self.longest = max(map(len, self._needles), default=0)
        self._key_lines_left = 0

    def lines(self, text: str) -> str:
        return self._mask(self._hide_keys(text))

    def _hide_keys(self, text: str) -> str:
        pieces: list[str] = []
        position = 0
        while position < len(text):
            if self._key_lines_left:
                hidden, position = self._key_line(text, position)
                pieces.append(hidden)
                continue
            opening = KEY_BEGIN.search(text, position)
            end = opening.start() if opening else len(text)
            pieces.append(text[position:end])
            position = end
            self._key_lines_left = KEY_MAX_LINES if opening else 0
        return "".join(pieces)

    def _key_line(self, text: str, start: int) -> tuple[str, int]:
        """What to show for the next line of a private key, and where the text goes on."""
        newline = text.find("\n", start)
        end = newline if newline >= 0 else len(text)
        closing = KEY_END.search(text, start, end)
        if closing:
            self._key_lines_left = 0
            return MASK, closing.end()
        shown = MASK if end > start else ""
        if newline < 0:
            return shown, end
        self._key_lines_left -= 1
        return shown + "\n", end + 1

    def safe_cut(self, line: str, lookahead: int) -> int:
        """Where an overlong line can be cut without parting a secret from its beginning."""
        wholes = [whole for whole, _ in self._matches(line)]
        for marker in (KEY_BEGIN, KEY_END):
            wholes += (match.span() for match in marker.finditer(line))
        cut = len(line) - lookahead
        return next((end for start, end in _merged(wholes) if start < cut < end), cut)

    def _mask(self, text: str) -> str:
        once = self._mask_once(text)
        # Where a secret went, the text beside it can show itself as another one.
        return once if once == text else self._mask_once(once)

    def _mask_once(self, text: str) -> str:
        pieces: list[str] = []
        position = 0
        for start, end in _merged(secret for _, secret in self._matches(text)):
            pieces += text[position:start], MASK
            position = end
        return "".join((*pieces, text[position:]))

    def _matches(self, text: str) -> Iterator[tuple[Span, Span]]:
        """Every (span that belongs together, span to mask within it)."""
        for needle in self._needles:
            for start in _occurrences(text, needle):
                span = (start, start + len(needle))
                yield span, span
        folded = text.lower()
        for shape in SHAPES:
            if any(word in folded for word in shape.words):
                for match in shape.pattern.finditer(text):
                    yield match.span(), match.span("secret")


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, with overlapping ones joined: parts of two secrets hide both."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current is None:
            current = (start, end)
        elif start < current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current


def _occurrences(text: str, needle: str) -> Iterator[int]:
    start = text.find(needle)
    while start >= 0:
        yield start
        start = text.find(needle, start + len(needle))


def _needles(secrets: Iterable[str]) -> list[str]:
    """Every text that gives a secret away, none with a line feed in it."""
    found: set[str] = set()
    for secret in map(_trimmed, secrets):
        lines = [_trimmed(line) for line in secret.split("\n")]
        shortest = SHORTEST_SECRET if len(lines) == 1 else SHORTEST_PART
        found.update(line for line in lines if len(line) >= shortest)
        if len(secret) >= SHORTEST_PART:
            found.update(form for form in _encodings(secret) if len(form) >= SHORTEST_PART)
    return sorted(needle for needle in found if needle.strip("*"))


def _trimmed(text: str) -> str:
    return text.strip(" \t\r\n")


def _encodings(secret: str) -> Iterator[str]:
    yield quote(secret, safe="", errors="replace")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    raw = secret.encode("utf-8", "replace")
    for shift in range(3):
        # Base64 of a longer text holds the secret at one of three alignments. The characters at
        # its ends also depend on its neighbours, so they are not looked for.
        encoded = base64.b64encode(bytes(shift) + raw).decode("ascii")
        yield encoded[4 if shift else 0 : 4 * ((shift + len(raw)) // 3)]


def _as_latin(text: str) -> str:
    return text.encode("utf-8", "replace").decode("latin-1")
