"""Roles: what a principal may do. Deny by default; every route names what it needs."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """A named set of rights, carried by tokens."""

    ADMIN = "admin"
    DELIVERY_OWNER = "delivery_owner"
    DEVELOPER = "developer"
    OBSERVER = "observer"
    CI_PUBLISHER = "ci_publisher"
    RUNNER = "runner"
    RELEASE_MANAGER = "release_manager"
    PRODUCT = "product"
    SRE = "sre"
    QA = "qa"
    SECURITY = "security"
    COMPLIANCE = "compliance"
    TRACKER = "tracker"
    """A tool that reports what it builds and deploys."""


DXCP_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "dxcp-platform-admins": Role.ADMIN,
        "dxcp-delivery-owners": Role.DELIVERY_OWNER,
        "dxcp-observers": Role.OBSERVER,
        "dxcp-ci-publishers": Role.CI_PUBLISHER,
        "dxcp-ci-publisher": Role.CI_PUBLISHER,
    }
)
"""What the DXCP contract calls them in tokens."""

APPROVER_ROLES = (
    Role.RELEASE_MANAGER,
    Role.PRODUCT,
    Role.SRE,
    Role.QA,
    Role.SECURITY,
    Role.COMPLIANCE,
)
"""Roles of people who sign off; what each of them does is said in `deltaci.rules.approvers`."""
