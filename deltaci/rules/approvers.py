"""Who signs off what: the one table of approver roles (Versioner spec §3.4)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from deltaci.identity.roles import Role
from deltaci.wire.approvals import ApprovalType, SubjectKind

_EVERYTHING = frozenset(ApprovalType)

APPROVES: Mapping[Role, frozenset[ApprovalType]] = MappingProxyType(
    {
        Role.ADMIN: _EVERYTHING,
        Role.RELEASE_MANAGER: _EVERYTHING,
        Role.DELIVERY_OWNER: _EVERYTHING,
        Role.PRODUCT: frozenset({ApprovalType.UAT}),
        Role.SRE: frozenset({ApprovalType.PERFORMANCE}),
        Role.QA: frozenset({ApprovalType.QA, ApprovalType.PERFORMANCE}),
        Role.SECURITY: frozenset({ApprovalType.SECURITY}),
        Role.COMPLIANCE: frozenset({ApprovalType.COMPLIANCE}),
        Role.DEVELOPER: frozenset({ApprovalType.CODE_REVIEW}),
    }
)
"""In the order in which the role that somebody signs off with is chosen."""

NEVER_VERSIONS = frozenset({Role.DEVELOPER})
"""Roles that sign off slots of requests, and no versions."""

RULE_EDITORS = (Role.ADMIN, Role.RELEASE_MANAGER, Role.DELIVERY_OWNER, Role.SRE)
"""Who changes rules, and so can have an attempt pass a rule nevertheless."""
REQUEST_EDITORS = (*RULE_EDITORS, Role.PRODUCT, Role.DEVELOPER)
"""Who writes deployment requests and ticks their steps."""


def role_to_approve(held: Iterable[Role], kind: ApprovalType, subject: SubjectKind) -> Role | None:
    """Return the role with which a caller with these roles may sign this off, or None."""
    roles = frozenset(held)
    return next((role for role in _approvers(kind, subject) if role in roles), None)


def approver_roles(kinds: Iterable[ApprovalType], subject: SubjectKind) -> list[str]:
    """Return the roles that can sign off one of these, in the order of the table."""
    wanted = frozenset(kinds)
    return [
        role.value
        for role in APPROVES
        if any(role in _approvers(kind, subject) for kind in sorted(wanted))
    ]


def _approvers(kind: ApprovalType, subject: SubjectKind) -> list[Role]:
    return [
        role
        for role, kinds in APPROVES.items()
        if kind in kinds and not (subject is SubjectKind.VERSION and role in NEVER_VERSIONS)
    ]
