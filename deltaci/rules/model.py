"""What rules are asked and what they answer: pure values, for deployments of every origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RuleType(StrEnum):
    """What a rule is about (Versioner spec §3.2)."""

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wants to deploy a version, or says that this has begun."""

    id: str
    """Of the deployment, or of an attempt that may be refused and then is none."""
    product: str
    version: str
    environment: str
    actor: str
    at: datetime
    invoke_id: str = ""
    """A CI run's own earlier deployment is not in its way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one attempt."""

    rule_id: str | None
    """None for what is no rule of anybody's, such as an open deployment request."""
    rule_name: str
    rule_type: RuleType
    status: RuleStatus
    passed: bool
    code: str = ""
    """The refusal's code, such as `NO_DEPLOY_WINDOW` (spec §1.7); empty when it passed."""
    http_status: int = 0
    """409, 423 or 428; 0 when it passed."""
    message: str = ""
    retry_after: datetime | None = None
    """When it would pass by itself, if that is known."""
    override_roles: Sequence[str] = ()
    """Who could have it pass nevertheless."""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether the attempt must not go on because of it."""
        return not self.passed and self.status is RuleStatus.ENABLED


@dataclass(frozen=True, slots=True)
class RulesVerdict:
    """All findings, in the fixed order in which the first blocking one is told."""

    findings: Sequence[Finding] = ()

    @property
    def refusal(self) -> Finding | None:
        """The first finding that blocks, or None: the attempt may go on."""
        return next((finding for finding in self.findings if finding.blocks), None)
