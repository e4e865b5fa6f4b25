"""Versions as the DXCP contract has them: MAJOR.MINOR.PATCH[-PRERELEASE], and their order."""

import re

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([A-Za-z0-9.-]+))?")

Rank = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


def is_version(text: str) -> bool:
    """Whether a text is a version; `v1.0.0` and `1.0.0+meta` are not."""
    return _VERSION.fullmatch(text) is not None


def rank(version: str) -> Rank:
    """Return what versions are sorted by, the lowest first: a prerelease before its release.

    Raises ValueError for what is no version.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError("not a version")
    *numbers, prerelease = found.groups()
    parts = prerelease.split(".") if prerelease else []
    return tuple(map(int, numbers)), prerelease is None, tuple(map(_rank_of_part, parts))


def _rank_of_part(part: str) -> tuple[bool, int, str]:
    """Numbers by value, and before words."""
    return (False, int(part), "") if part.isdecimal() else (True, 0, part)
