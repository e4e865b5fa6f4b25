"""Values that several wire formats share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer


class WireModel(BaseModel):
    """Base of what we send: immutable, and built only from declared fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LenientModel(BaseModel):
    """Base of what we accept from other programs: fields outside the contract are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _with_z(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime, AfterValidator(_as_utc), PlainSerializer(_with_z, return_type=str, when_used="json")
]
"""A moment in UTC, written as ISO 8601 with `Z` (spec §1.1)."""
