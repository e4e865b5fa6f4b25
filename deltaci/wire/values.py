"""Values that several wire formats share."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)


def without_nul(value: Any) -> Any:
    """Refuse NUL in texts and lists of texts: PostgreSQL and the file system cannot hold it."""
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(text, str) and "\0" in text for text in texts):
        raise ValueError("text must not contain NUL")
    return value


class WireModel(BaseModel):
    """Base of what we send: immutable, and built only from declared fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OmitsAbsent(WireModel):
    """Absent values are left out of the JSON rather than sent as null (spec §1.1)."""

    @model_serializer(mode="wrap")
    def _omit_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class StrictRequest(WireModel):
    """Base of what people and their scripts send: a field outside the contract is a mistake."""

    _storable = field_validator("*")(without_nul)


class LenientModel(BaseModel):
    """Base of what we accept from other programs: fields outside the contract are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    _storable = field_validator("*")(without_nul)


Integer = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""A whole number that every database can hold."""


def _as_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the moment lies outside of the calendar") from error


def moment_text(moment: datetime) -> str:
    """Write a moment in UTC as every contract shows it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[
    datetime,
    AfterValidator(_as_utc),
    PlainSerializer(moment_text, return_type=str, when_used="json"),
]
"""A moment in UTC, written as ISO 8601 with `Z` (spec §1.1)."""
