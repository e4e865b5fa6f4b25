"""Settings of deployments: `DELTA_CI_DEPLOY_POLL_SECONDS` is `settings.deploy.poll_seconds`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[int, Field(ge=1)]


class DeploymentSettings(BaseModel):
    """How long deployments wait, and for what."""

    model_config = ConfigDict(frozen=True)

    wait_max_seconds: Seconds = Field(
        604_800,
        description="Longest that a deployment waits for approvals, a window or its turn; then it "
        "is CANCELED.",
    )
    recheck_seconds: Seconds = Field(
        60, description="How often a waiting deployment looks by itself whether it may begin."
    )
    poll_seconds: Seconds = Field(5, description="How often an engine is asked how far it is.")
    start_give_up_seconds: Seconds = Field(
        900, description="Longest that an engine may be unreachable before a deployment fails."
    )
    call_timeout_seconds: Seconds = Field(
        60, description="Longest that one call to an engine, or one probe, takes."
    )
    cancel_deadline_seconds: Seconds = Field(
        60, description="An engine has this long to stop; then its deployment ends without it."
    )
    engine_calls_max_count: Annotated[int, Field(ge=1)] = Field(
        20, description="Most calls to engines, and probes, that one worker makes at once."
    )
    promotion_jumps: bool = Field(
        default=False,
        description="Whether a promotion may leave environments of the order out.",
    )
