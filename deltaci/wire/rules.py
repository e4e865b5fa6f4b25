"""Rules that gate deployments: what each type is configured with (Versioner spec §3.2)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from deltaci.wire.approvals import ApprovalType
from deltaci.wire.schedule import Windows
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

PREREQUISITES_MAX = 20
LIMIT_MAX = 1000
SCOPE_MAX = 200
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


RuleName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Products = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=255)]],
    Field(max_length=SCOPE_MAX),
]
Environments = Annotated[list[EnvironmentName], Field(max_length=SCOPE_MAX)]


class CreateRule(StrictRequest):
    """`POST /deployment-rules/`: make a rule; `config` depends on the type."""

    name: RuleName
    type: RuleType
    status: RuleStatus = RuleStatus.ENABLED
    description: Description = ""
    products: Products = []
    """Empty means all."""
    environments: Environments = []
    """Empty means all. A flow rule names its environments itself."""
    config: dict[str, Any]


class ChangeRule(StrictRequest):
    """`PATCH /deployment-rules/{id}`: change what is given; a rule keeps its type."""

    name: RuleName | None = None
    status: RuleStatus | None = None
    description: Description | None = None
    products: Products | None = None
    environments: Environments | None = None
    config: dict[str, Any] | None = None
    revision: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    """Refuse the change unless this is the revision that it was made from."""
    reason: Description = ""
    """For the audit events."""


class RuleView(WireModel):
    """A rule as it counts now."""

    id: str
    name: str
    type: RuleType
    status: RuleStatus
    description: str
    products: list[str]
    environments: list[str]
    config: dict[str, Any]
    revision: int
    created_by: str
    created_at: Timestamp
    updated_by: str
    updated_at: Timestamp


class RuleList(WireModel):
    """All rules, by name."""

    items: list[RuleView]


class ViolationView(WireModel):
    """A rule that did not hold for an attempt, whether that was refused or only noted."""

    id: str
    attempt_id: str
    rule_id: str | None
    rule_name: str
    rule_type: RuleType
    code: str
    blocked: bool
    product_name: str
    version: str
    environment_name: str
    message: str
    details: dict[str, Any]
    actor: str
    at: Timestamp


class ViolationPage(WireModel):
    """One page of violations, newest first; `next_cursor` is null on the last."""

    items: list[ViolationView]
    next_cursor: str | None = None


class Preflight(StrictRequest):
    """`POST /deployment-events/preflight`: ask whether this deployment would be let through."""

    product_name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    version: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    environment_name: EnvironmentName
    invoke_id: Annotated[str, StringConstraints(max_length=255)] = ""
    deployed_by: Annotated[str, StringConstraints(max_length=200)] = ""
    """Who would deploy; the caller, when that is not said."""
    at: Timestamp | None = None
    """When; now, when that is not said."""


class PreflightView(WireModel):
    """What every rule says; nothing was recorded."""

    would_allow: bool
    preflight_status: str
    code: str | None
    """Of the first rule that blocks."""
    message: str | None
    http_status: int
    """What a deployment event would be answered; 200 when it is allowed."""
    retry_after: Timestamp | None
    """When the first rule that blocks passes by itself, if that is known."""
    rules_evaluated: list[dict[str, Any]]
