"""What is asked of us about deployments (DXCP spec §3.1-3.2): requests."""

from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.wire.approvals import ApprovalVerdict
from deltaci.wire.values import LenientModel

SUMMARY_MAX_LENGTH = 240

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
VersionText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Not stripped: what is deployed is what was registered."""
Summary = Annotated[str, StringConstraints(max_length=SUMMARY_MAX_LENGTH)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Wait = Annotated[
    bool,
    Field(
        description="An extension: whether the deployment waits for a window, an approval or a "
        "soak time that it lacks now; else it is refused."
    ),
]
Override = Annotated[
    str | None,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(
        description="An extension: why refusals that the caller may override do not count this "
        "time. It is kept for good."
    ),
]


class DeploymentIntent(LenientModel):
    """`POST /v1/deployments`: bring a registered version into an environment."""

    service: Name
    environment: Place = ""
    version: VersionText
    changeSummary: Summary  # noqa: N815 - the contract spells it so
    recipeId: Place | None = None  # noqa: N815 - as above
    wait: Wait = True
    overrideReason: Override = None  # noqa: N815 - as above


class PromotionIntent(LenientModel):
    """`POST /v1/promotions`: bring a version that runs well to the next environment."""

    service: Name
    source_environment: Place
    target_environment: Place = ""
    version: VersionText
    changeSummary: Summary = ""  # noqa: N815 - the contract spells it so
    wait: Wait = True
    overrideReason: Override = None  # noqa: N815 - as above


class RollbackIntent(LenientModel):
    """`POST /v1/deployments/{id}/rollback`: go back to the last version that went well."""

    changeSummary: Summary = ""  # noqa: N815 - the contract spells it so


class PolicyQuestion(LenientModel):
    """`POST /v1/policy/summary`: what counts for a service in an environment."""

    service: Name
    environment: Place = ""
    recipeId: Place | None = None  # noqa: N815 - the contract spells it so


class ApproveDeployment(LenientModel):
    """`POST /v1/deployments/{id}/approvals`, an extension: approve of it, or reject it."""

    verdict: ApprovalVerdict = ApprovalVerdict.APPROVED
    comments: Annotated[str, StringConstraints(max_length=2000)] = ""


class ReleasePin(LenientModel):
    """`POST /v1/services/{service}/release-pin?environment=…`, an extension."""

    reason: Reason
