"""What later events add to a record: pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from deltaci.store.tables import Build, Deployment
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent

METADATA = "extra_metadata"


def told_fields(
    record: Build | Deployment,
    event: BuildEvent | DeploymentEvent,
    fields: Sequence[str],
    metadata_max_bytes: int,
) -> dict[str, Any]:
    """Return what changes when an event takes a record further: all that it tells counts."""
    told = {name: getattr(event, name) for name in fields if getattr(event, name) is not None}
    metadata = event.extra_metadata
    if metadata:
        merged = {**record.extra_metadata, **metadata}
        told[METADATA] = merged if size_of(merged) <= metadata_max_bytes else metadata
    return told


def blanks_filled(
    record: Build | Deployment,
    event: BuildEvent | DeploymentEvent,
    fields: Sequence[str],
    metadata_max_bytes: int,
) -> dict[str, Any]:
    """Return what changes when an event repeats, or comes late: only what nobody has told yet."""
    told = {
        name: getattr(event, name)
        for name in fields
        if getattr(record, name) is None and getattr(event, name) is not None
    }
    if event.extra_metadata:
        merged = {**event.extra_metadata, **record.extra_metadata}
        if merged != record.extra_metadata and size_of(merged) <= metadata_max_bytes:
            told[METADATA] = merged
    return told


def size_of(metadata: dict[str, Any]) -> int:
    """Return how many bytes of compact JSON it is."""
    return len(json.dumps(metadata, ensure_ascii=False, separators=(",", ":")).encode())


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments of which either may be unknown."""
    return min(one, other) if one is not None and other is not None else one or other
