"""Settings of OpenTelemetry: `DELTA_CI_OTEL_ENDPOINT` is `otel.endpoint`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator


class OtelSettings(BaseModel):
    """Where workers tell of builds and deployments in spans and metrics."""

    model_config = ConfigDict(frozen=True)

    endpoint: str = Field(
        "",
        description="OTLP over HTTP, such as `http://collector:4318`; empty turns it off. Needs "
        "the extra `otel`.",
    )
    service_name: Annotated[str, Field(min_length=1)] = Field(
        "delta-ci", description="What we are called there."
    )

    @field_validator("endpoint")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must be an http or https address")
        return value.rstrip("/")
