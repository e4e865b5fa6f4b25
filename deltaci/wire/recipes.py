"""Deploy recipes: which engine carries a deployment out, how its result is checked, and undone."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from deltaci.wire.values import StrictRequest

SUMMARY_MAX_LENGTH = 240
SPEC_MAX_BYTES = 65_536
DAY_SECONDS = 24 * 60 * 60

Seconds = Annotated[int, Field(strict=True, ge=0, le=DAY_SECONDS)]
SomeSeconds = Annotated[int, Field(strict=True, ge=1, le=DAY_SECONDS)]
HttpAddress = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/@?#\\]+([/?][^\s#]*)?$")
]
"""Without credentials: those are the recipe's secret."""
Command = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(max_length=500, pattern=r"^[\x20-\x7e]*$")]
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class EngineType(StrEnum):
    """What can carry a deployment out."""

    NOOP = "noop"
    WEBHOOK = "webhook"
    RUNNER = "runner"


class RecipeStatus(StrEnum):
    """Whether a recipe may be used for new deployments."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"


class NoopSettings(StrictRequest):
    """An engine that changes nothing: for drills, and for what deploys itself."""

    seconds: Seconds = 0
    outcome: Annotated[str, Field(pattern="^(SUCCEEDED|FAILED)$")] = "SUCCEEDED"


class WebhookSettings(StrictRequest):
    """An engine of somebody else's, told by a signed POST."""

    url: HttpAddress
    poll_url: HttpAddress | None = None
    poll_interval_seconds: SomeSeconds = 10
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=20)] = {}

    @field_validator("headers")
    @classmethod
    def _no_secrets(cls, headers: dict[str, str]) -> dict[str, str]:
        if found := sorted(name for name in headers if name.lower() in SECRET_HEADERS):
            raise ValueError(f"{found[0]} holds a secret, and headers are shown to admins")
        return headers


class RunnerSettings(StrictRequest):
    """The recipe's steps as a job on our runners."""

    steps: Annotated[list[Command], Field(min_length=1, max_length=100)]
    repo_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    labels: Annotated[list[Label], Field(max_length=20)] = []
    image: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


ENGINE_SETTINGS: Mapping[EngineType, type[StrictRequest]] = {
    EngineType.NOOP: NoopSettings,
    EngineType.WEBHOOK: WebhookSettings,
    EngineType.RUNNER: RunnerSettings,
}


class Probe(StrictRequest):
    """An address that is asked until it answers well a number of times in a row."""

    url: HttpAddress
    expect_status: Annotated[
        list[Annotated[int, Field(strict=True, ge=100, le=599)]],
        Field(min_length=1, max_length=20),
    ] = [200]
    expect_body: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    """A text that the answer contains."""
    interval_seconds: SomeSeconds = 5
    timeout_seconds: SomeSeconds = 120
    successes: Annotated[int, Field(strict=True, ge=1, le=100)] = 3


class Verification(StrictRequest):
    """What has to hold after the engine has ended well, before the deployment has succeeded."""

    probe: Probe | None = None
    command: Annotated[list[Command], Field(min_length=1, max_length=100)] | None = None
    """Runs as a job on our runners."""
    soak_seconds: Seconds = 0


class RollbackPolicy(StrictRequest):
    """What follows from a failure."""

    automatic: Annotated[bool, Field(strict=True)] = False
    """Deploy the last version that succeeded there, as a deployment of its own."""


class RecipeSpec(StrictRequest):
    """How deployments are carried out. `engine` is made of the settings of the engine's type."""

    engine: dict[str, Any] = {}
    verification: Verification = Verification()
    rollback: RollbackPolicy = RollbackPolicy()
    timeout_seconds: SomeSeconds = 3600

    @field_validator("engine")
    @classmethod
    def _bounded(cls, engine: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(engine)) > SPEC_MAX_BYTES:
            raise ValueError(f"has more than {SPEC_MAX_BYTES} bytes")
        return engine
