"""The six facts that the contract shows beside every explanation. No rule reads them."""

from collections.abc import Collection
from typing import Any

from deltaci.failures.evidence import CacheEvent, Evidence
from deltaci.failures.excerpt import shorten
from deltaci.failures.outcome import bounded, read_outcome
from deltaci.failures.redaction import redact

NO_EXIT_CODE = -1
"""Stands for an exit code that nobody saw; 0 would claim success."""
MAX_ENTRIES = 50
_MAX_TYPE_CHARS = 100
_MAX_KEY_CHARS = 500


def read_signals(evidence: Evidence, secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return the contract's `signals`, all six always present, with plain JSON values."""
    code = read_outcome(evidence).exit_code
    types = {_clean(name, _MAX_TYPE_CHARS, secrets) for name in evidence.artifact_types}
    return {
        "exit_code": NO_EXIT_CODE if code is None else code,
        "attempt_number": max(0, bounded(evidence.attempt_number)),
        "duration_seconds": max(0, bounded(evidence.duration_seconds)),
        "cache_events": _cache_events(evidence.cache_events, secrets),
        "artifact_types": sorted(types - {""})[:MAX_ENTRIES],
        "has_log": any(name.casefold() == "log" for name in types),
    }


def _cache_events(events: tuple[CacheEvent, ...], secrets: Collection[str]) -> list[dict[str, Any]]:
    """Complete events by type and key; of equal ones, misses first, then read-only ones."""
    cleaned = (
        {
            "type": _clean(event.type, _MAX_TYPE_CHARS, secrets),
            "key": _clean(event.key, _MAX_KEY_CHARS, secrets),
            "hit": event.hit,
            "read_only": event.read_only,
        }
        for event in events
    )
    complete = [event for event in cleaned if event["type"] and event["key"]]
    complete.sort(key=lambda e: (e["type"], e["key"], e["hit"], not e["read_only"]))
    return complete[:MAX_ENTRIES]


def _clean(text: str, limit: int, secrets: Collection[str]) -> str:
    return shorten(redact(text[: 2 * limit], secrets), limit)
