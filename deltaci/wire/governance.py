"""Who may register builds, how often, and what admins can switch (spec §2 and §5)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.wire.values import LenientModel, OmitsAbsent, StrictRequest, Timestamp, WireModel

RPM_MAX = 5000
QUOTA_MAX = 5000
PUBLISHERS_MAX = 500
VALUES_MAX = 100
AUDIT_PAGE_DEFAULT, AUDIT_PAGE_MAX = 200, 500
RUNTIME = "runtime"
"""Where every answer of ours says that a setting comes from: what counts now, on all replicas."""

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
ClaimValue = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
AnyOf = Annotated[list[ClaimValue], Field(max_length=VALUES_MAX)] | None
"""One of these has to hold; null and an empty list ask for nothing."""


class ContractRole(StrEnum):
    """Roles as the DXCP contract names them, from most to least."""

    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    DELIVERY_OWNER = "DELIVERY_OWNER"
    OBSERVER = "OBSERVER"
    CI_PUBLISHER = "CI_PUBLISHER"


class PublisherProvider(StrEnum):
    """What kind of CI system a publisher is; nothing follows from it."""

    GITHUB = "github"
    JENKINS = "jenkins"
    SPINNAKER = "spinnaker"
    CUSTOM = "custom"


class CiPublisher(OmitsAbsent, StrictRequest):
    """Whose tokens may register builds: all fields that are given have to hold.

    A field that is not of the contract is refused: a misspelt one would admit too many.
    """

    name: Label
    provider: PublisherProvider = PublisherProvider.CUSTOM
    issuers: AnyOf = None
    audiences: AnyOf = None
    authorized_party_azp: AnyOf = None
    subjects: AnyOf = None
    subject_prefixes: AnyOf = None
    emails: AnyOf = None
    description: Remark | None = None
    owner: Remark | None = None
    links: Annotated[list[ClaimValue], Field(max_length=VALUES_MAX)] | None = None


class ReplaceCiPublishers(StrictRequest):
    """`PUT /v1/admin/system/ci-publishers`: the whole list; an empty one admits nobody."""

    publishers: Annotated[list[CiPublisher], Field(max_length=PUBLISHERS_MAX)]
    version: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """An extension: refuse the change unless this is the version that it was made from."""


class CiPublisherList(WireModel):
    """The publishers that count. `version` grows with each change; 0 is before the first."""

    publishers: list[CiPublisher]
    source: str = RUNTIME
    version: int


class TryClaims(LenientModel):
    """`POST /v1/admin/system/ci-publishers/test`, an extension: a token's claims, not the token."""

    iss: str = ""
    sub: str = ""
    aud: str | list[str] = ""
    azp: str | None = None
    email: str | None = None


class PublisherVerdict(WireModel):
    """Whether one publisher admits the claims, and the fields of it that do not hold."""

    name: str
    matches: bool
    unmet: list[str]


class PublisherTrial(WireModel):
    """Which publisher admits the claims, null for none, and how each of them came to it."""

    ci_publisher: str | None
    publishers: list[PublisherVerdict]


class WhoAmI(WireModel):
    """`GET /v1/whoami`: what the token says, and what follows from it here."""

    actor_id: str
    sub: str
    email: str | None
    iss: str
    aud: str | list[str]
    azp: str | None
    role: ContractRole
    """The highest of `roles`: the one that counts."""
    roles: list[ContractRole]
    ci_publisher: str | None
    """The publisher under which the caller could register builds now."""


Rpm = Annotated[int, Field(strict=True, ge=1, le=RPM_MAX)]


class RateLimits(LenientModel):
    """`PUT /v1/admin/system/rate-limits`: for each caller, per minute and per UTC day."""

    read_rpm: Rpm
    mutate_rpm: Rpm
    daily_quota_build_register: Annotated[int, Field(strict=True, ge=0, le=QUOTA_MAX)]


class RateLimitsView(RateLimits):
    """The limits that count."""

    source: str = RUNTIME


class SwitchMutations(LenientModel):
    """`PUT` or `PATCH /v1/admin/system/mutations-disabled`: refuse every change, or no more."""

    mutations_disabled: Annotated[bool, Field(strict=True)]
    reason: Remark | None = None


class MutationsView(WireModel):
    """Whether changes are refused."""

    mutations_disabled: bool
    source: str = RUNTIME


class Exposed(LenientModel):
    """Whether something is shown."""

    display: Annotated[bool, Field(strict=True)] = False


class ExposurePolicy(LenientModel):
    """What is shown of builds; nothing that is not switched on."""

    artifactRef: Exposed = Exposed()  # noqa: N815 - the contract spells it so
    """Only for user interfaces: the API always tells it."""
    externalLinks: Exposed = Exposed()  # noqa: N815 - as above
    """`commit_url` and `run_url` of every build, in the API too."""


class ExposureView(WireModel):
    """The policy that counts."""

    policy: ExposurePolicy
    source: str = RUNTIME


class PublicSettings(WireModel):
    """What user interfaces need to know."""

    default_refresh_interval_seconds: int = 300
    min_refresh_interval_seconds: int = 60
    max_refresh_interval_seconds: int = 3600
    mutations_disabled: bool


class AdminSettings(PublicSettings):
    """The same with what admins can set."""

    read_rpm: int
    mutate_rpm: int
    daily_quota_build_register: int


class AuditOutcome(StrEnum):
    """How what was tried went."""

    SUCCESS = "SUCCESS"
    DENIED = "DENIED"
    FAILED = "FAILED"


class AuditEventView(WireModel):
    """Who did what, or was denied it."""

    event_id: str
    event_type: str
    actor_id: str
    actor_role: str
    target_type: str
    target_id: str
    timestamp: Timestamp
    outcome: AuditOutcome
    summary: str
    delivery_group_id: str | None
    service_name: str | None
    environment: str | None
