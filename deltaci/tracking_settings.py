"""Settings of event tracking: `DELTA_CI_TRACKING_OPEN_MAX_HOURS` is `settings.tracking`'s."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class TrackingSettings(BaseModel):
    """What is accepted of other tools, and what becomes of what they leave open."""

    model_config = ConfigDict(frozen=True)

    open_max_hours: Annotated[float, Field(gt=0)] = Field(
        24.0,
        description="A reported build or deployment that nobody tells the end of ends by itself "
        "after this time.",
    )
    open_at_end: Literal["abort", "flag"] = Field(
        "abort",
        description="How: `abort` ends it as aborted and tells people, `flag` leaves it open and "
        "says in `status_reason` that nobody has told its end.",
    )
    skip_preflight_allowed: bool = Field(
        default=False,
        description="Whether `skip_preflight_checks` of a deployment event is obeyed; if so, that "
        "is audited.",
    )
    metadata_max_bytes: Annotated[int, Field(ge=1)] = Field(
        102_400, description="Largest `extra_metadata` of an event, as compact JSON."
    )
    api_key_cache_seconds: Annotated[int, Field(ge=1)] = Field(
        5, description="How long a revoked API key may still count on other API replicas."
    )
