"""Rules and requests that ask for sign-offs (Versioner spec §3.1, §3.2)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from deltaci.rules.approvers import approver_roles
from deltaci.rules.facts import Facts, RequestFacts, SignOff
from deltaci.rules.model import Attempt, Finding, Rule
from deltaci.wire.approvals import ApprovalType, ApprovalVerdict, SubjectKind
from deltaci.wire.rules import (
    RequestApprovalConfig,
    RuleStatus,
    RuleType,
    VersionApprovalConfig,
)

APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
QUALITY_APPROVAL_REQUIRED = "QUALITY_APPROVAL_REQUIRED"
PRE_STEPS_REQUIRED = "PRE_STEPS_REQUIRED"


def judge_version_approval(
    rule: Rule, config: VersionApprovalConfig, attempt: Attempt, facts: Facts
) -> Finding:
    """Refuse a version without its sign-offs; one that was rejected is never signed off."""
    selves = {attempt.actor, facts.version_author} if config.forbid_self_approval else set()
    wanted = config.environment
    counted = [each for each in facts.sign_offs if not wanted or each.environment in {"", wanted}]
    approved = approved_types(counted, selves)
    missing = [kind for kind in config.required_types if kind not in approved]
    if not missing:
        return rule.passed()
    where = f" for {wanted}" if wanted else ""
    return rule.failed(
        QUALITY_APPROVAL_REQUIRED,
        HTTPStatus.PRECONDITION_REQUIRED,
        f"{attempt.product} {attempt.version} is not signed off{where}: {', '.join(missing)}",
        override_roles=tuple(approver_roles(missing, SubjectKind.VERSION)),
        details=_sign_offs(config.required_types, missing, SubjectKind.VERSION),
    )


def judge_request_approval(
    rule: Rule, config: RequestApprovalConfig, attempt: Attempt, facts: Facts
) -> Finding:
    """Refuse a version that no active request names, or none with these sign-offs."""
    naming = [
        each
        for each in facts.requests
        if each.is_active
        and each.version == attempt.version
        and attempt.environment in each.environments
    ]
    missing_of = [_missing(config, attempt, request) for request in naming]
    if any(not missing for missing in missing_of):
        return rule.passed()
    missing = min(missing_of, key=len, default=list(config.required_types))
    lacks = (
        f"the deployment request {naming[0].name!r} is not signed off: {', '.join(missing)}"
        if naming
        else f"no active deployment request names {attempt.product} {attempt.version} "
        f"for {attempt.environment}"
    )
    return rule.failed(
        APPROVAL_REQUIRED,
        HTTPStatus.PRECONDITION_REQUIRED,
        lacks,
        override_roles=tuple(approver_roles(missing, SubjectKind.REQUEST_SLOT)),
        details=_sign_offs(config.required_types, missing, SubjectKind.REQUEST_SLOT)
        | {"request_ids": [request.id for request in naming]},
    )


def judge_requests(attempt: Attempt, facts: Facts) -> Iterable[Finding]:
    """Refuse what an open request covers until all is signed off and all pre-steps are done.

    A rejected one keeps the version that it names out, unless a request was activated later that
    covers the same.
    """
    covering = [each for each in facts.requests if attempt.environment in each.environments]
    for place, request in enumerate(covering):
        if request.is_active:
            yield _judge_open(request)
        elif place == 0 and request.version == attempt.version:
            yield _of_request(request, f"deployment request {request.name!r} was rejected")


def approved_types(
    sign_offs: Sequence[SignOff], selves: Collection[str] = ()
) -> frozenset[ApprovalType]:
    """Return the types that somebody else has approved and nobody has rejected."""
    rejected = {each.type for each in sign_offs if each.verdict is ApprovalVerdict.REJECTED}
    approved = {
        each.type
        for each in sign_offs
        if each.verdict is ApprovalVerdict.APPROVED and each.actor not in selves
    }
    return frozenset(approved - rejected)


def _missing(
    config: RequestApprovalConfig, attempt: Attempt, request: RequestFacts
) -> list[ApprovalType]:
    selves = {attempt.actor, request.created_by} if config.forbid_self_approval else set()
    given = [each for slot in request.slots for each in slot.sign_offs]
    if config.timeout_hours:
        oldest = attempt.at - timedelta(hours=config.timeout_hours)
        given = [each for each in given if each.at > oldest]
    approved = approved_types(given, selves)
    return [kind for kind in config.required_types if kind not in approved]


def _judge_open(request: RequestFacts) -> Finding:
    required = [slot for slot in request.slots if slot.required]
    missing = [slot.type for slot in required if not approved_types(slot.sign_offs)]
    if missing:
        types = [slot.type for slot in required]
        message = f"deployment request {request.name!r} is not signed off: {', '.join(missing)}"
        return _of_request(request, message, **_sign_offs(types, missing, SubjectKind.REQUEST_SLOT))
    if request.undone_pre_steps:
        message = f"deployment request {request.name!r} has steps to be done first"
        return _of_request(
            request, message, PRE_STEPS_REQUIRED, undone_steps=list(request.undone_pre_steps)
        )
    return _finding(request, passed=True)


def _of_request(
    request: RequestFacts, message: str, code: str = APPROVAL_REQUIRED, **details: Any
) -> Finding:
    roles = tuple(details.get("approver_roles", ()))
    told = {"rule_name": _name(request), "request_id": request.id, **details}
    return _finding(
        request,
        passed=False,
        code=code,
        http_status=HTTPStatus.PRECONDITION_REQUIRED,
        message=message,
        override_roles=roles,
        details=told,
    )


def _finding(request: RequestFacts, **more: Any) -> Finding:
    status = RuleStatus.ENABLED
    return Finding(None, _name(request), RuleType.REQUEST_APPROVAL, status, **more)


def _name(request: RequestFacts) -> str:
    return f"deployment request: {request.name}"


def _sign_offs(
    required: Sequence[ApprovalType], missing: Sequence[ApprovalType], subject: SubjectKind
) -> dict[str, Any]:
    return {
        "required_approvals": len(required),
        "current_approvals": len(required) - len(missing),
        "missing_approvals": [kind.value for kind in missing],
        "approver_roles": approver_roles(missing, subject),
    }
