"""Sign-offs: what they are of, and what is said with them."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from deltaci.wire.values import StrictRequest, Timestamp, WireModel

Comments = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class ApprovalType(StrEnum):
    """What somebody signs off (Versioner spec §3.4)."""

    UAT = "uat"
    QA = "qa"
    PERFORMANCE = "performance"
    SECURITY = "security"
    CODE_REVIEW = "code_review"
    COMPLIANCE = "compliance"


class SubjectKind(StrEnum):
    """What a sign-off is about."""

    VERSION = "version"
    DEPLOYMENT = "deployment"
    REQUEST_SLOT = "request_slot"


class ApprovalVerdict(StrEnum):
    """What was said. A rejection is final: there is no approving after it."""

    APPROVED = "approved"
    REJECTED = "rejected"


class SignOff(StrictRequest):
    """`POST /versions/{id}/approvals`: sign a version off, or reject it."""

    approval_type: ApprovalType
    verdict: ApprovalVerdict = ApprovalVerdict.APPROVED
    environment_name: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    """Where it is given for; null means everywhere."""
    comments: Comments = ""


class Decide(StrictRequest):
    """`POST /deployment-requests/{id}/slots/{slot_id}/approve` and `/reject`."""

    comments: Comments = ""


class ApprovalView(WireModel):
    """What somebody said of something."""

    id: str
    approval_type: str
    approver_role: str
    verdict: ApprovalVerdict
    environment_name: str | None
    comments: str | None
    actor: str
    actor_email: str | None
    at: Timestamp


class ApprovalList(WireModel):
    """Everything that was said, oldest first."""

    items: list[ApprovalView]
