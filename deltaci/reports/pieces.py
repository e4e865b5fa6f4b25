"""Checks and comments alike: things that a forge shows, each found, shown and shown again."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from deltaci.reports.compose import COMMENT_KEY, ShownCheck, ShownComment
from deltaci.vcs.port import ForgeApi, Place, Verdict


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to show."""

    key: str
    rank: int
    fingerprint: str
    """Equal for what looks equal."""
    find: Callable[[], Awaitable[str | None]]
    """Look for it, should its id have been lost."""
    show: Callable[[str | None], Awaitable[str]]
    """Show it, anew or in place of the one with this id; returns its id."""
    stands_apart: Callable[[str], bool]
    """Whether what has this id may change although a newer run shows the same."""


def check_piece(api: ForgeApi, place: Place, shown: ShownCheck) -> Piece:
    """Show a check."""
    check = shown.check
    return Piece(
        key=shown.key,
        rank=check.verdict.rank,
        fingerprint=_fingerprint(json.dumps(asdict(check), default=str, sort_keys=True)),
        find=lambda: api.find_check(place, check),
        show=lambda external_id: api.publish(place, check, external_id),
        stands_apart=api.stands_apart,
    )


def comment_piece(api: ForgeApi, place: Place, shown: ShownComment) -> Piece:
    """Show the comment, which only speaks of ended runs."""
    return Piece(
        key=COMMENT_KEY,
        rank=Verdict.SUCCESS.rank,
        fingerprint=_fingerprint(shown.body),
        find=lambda: api.find_comment(place, shown.number, shown.marker),
        show=lambda external_id: api.write_comment(place, shown.number, shown.body, external_id),
        stands_apart=lambda _: True,
    )


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
