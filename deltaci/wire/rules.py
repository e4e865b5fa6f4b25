"""Rules that gate deployments: what each type is configured with (Versioner spec §3.2)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from deltaci.wire.approvals import ApprovalType
from deltaci.wire.schedule import Windows
from deltaci.wire.values import StrictRequest

PREREQUISITES_MAX = 20
LIMIT_MAX = 1000
YEAR_MINUTES = 366 * 24 * 60
YEAR_HOURS = 366 * 24

EnvironmentName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
RequiredTypes = Annotated[list[ApprovalType], Field(min_length=1, max_length=len(ApprovalType))]


class RuleType(StrEnum):
    """What a rule is about."""

    SCHEDULE = "schedule"
    FLOW = "flow"
    CONCURRENCY = "concurrency"
    VERSION_APPROVAL = "version_approval"
    REQUEST_APPROVAL = "request_approval"


class RuleStatus(StrEnum):
    """How much a rule counts."""

    ENABLED = "enabled"
    REPORT_ONLY = "report_only"
    DISABLED = "disabled"


class ScheduleConfig(StrictRequest):
    """`schedule`: no deployment in a window that blocks, nor outside of all that allow."""

    windows: Annotated[Windows, Field(min_length=1)]


class FlowConfig(StrictRequest):
    """`flow`: a version goes through other environments first, and stays there for a while."""

    prerequisites: Annotated[
        list[EnvironmentName], Field(min_length=1, max_length=PREREQUISITES_MAX)
    ]
    target: EnvironmentName
    strict_order: bool = False
    """Whether it must have completed in the prerequisites in the order in which they stand."""
    soak_minutes: Annotated[int, Field(ge=0, le=YEAR_MINUTES)] = 0
    """Since its latest completion in each prerequisite."""

    @model_validator(mode="after")
    def _no_circle(self) -> Self:
        if self.target in self.prerequisites:
            raise ValueError("the target cannot be one of its own prerequisites")
        return self


class CountedPer(StrEnum):
    """Among which deployments a concurrency rule counts."""

    PRODUCT_ENVIRONMENT = "product_environment"
    ENVIRONMENT = "environment"
    """All products of the rule together."""


class ConcurrencyConfig(StrictRequest):
    """`concurrency`: at most so many deployments are under way at once."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 1
    per: CountedPer = CountedPer.PRODUCT_ENVIRONMENT


class VersionApprovalConfig(StrictRequest):
    """`version_approval`: the version itself is signed off."""

    required_types: RequiredTypes
    environment: EnvironmentName | None = None
    """Where the sign-off must have been given; null means anywhere."""
    forbid_self_approval: bool = False
    """Do not count what whoever deploys, or made the version known, has signed off."""


class RequestApprovalConfig(StrictRequest):
    """`request_approval`: an active deployment request that names the version is signed off."""

    required_types: RequiredTypes
    timeout_hours: Annotated[int, Field(ge=1, le=YEAR_HOURS)] | None = None
    """How long a sign-off counts; null means for ever."""
    forbid_self_approval: bool = False
    """Do not count what whoever deploys, or wrote the request, has signed off."""


RuleConfig = (
    ScheduleConfig | FlowConfig | ConcurrencyConfig | VersionApprovalConfig | RequestApprovalConfig
)

CONFIGS: Mapping[RuleType, type[RuleConfig]] = {
    RuleType.SCHEDULE: ScheduleConfig,
    RuleType.FLOW: FlowConfig,
    RuleType.CONCURRENCY: ConcurrencyConfig,
    RuleType.VERSION_APPROVAL: VersionApprovalConfig,
    RuleType.REQUEST_APPROVAL: RequestApprovalConfig,
}


def parse_config(kind: RuleType, config: Mapping[str, Any]) -> RuleConfig:
    """Read what a rule of this type is configured with. Raises pydantic's ValidationError."""
    return CONFIGS[kind].model_validate(dict(config))
