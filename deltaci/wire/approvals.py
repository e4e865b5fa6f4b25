"""Sign-offs: what they are of, and what is said with them."""

from enum import StrEnum


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
