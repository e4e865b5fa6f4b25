"""What rules are asked and what they answer: pure values, for deployments of every origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deltaci.wire.rules import RuleConfig, RuleStatus, RuleType

__all__ = ["Attempt", "Finding", "Rule", "RuleStatus", "RuleType", "RulesVerdict"]


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
class Rule:
    """One rule as it counts; an empty scope means everything."""

    id: str | None
    name: str
    type: RuleType
    status: RuleStatus
    config: RuleConfig
    products: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()

    def passed(self) -> "Finding":
        """Say that an attempt is fine with this rule."""
        return Finding(self.id, self.name, self.type, self.status, passed=True)

    def failed(
        self,
        code: str,
        http_status: int,
        message: str,
        *,
        retry_after: datetime | None = None,
        override_roles: Sequence[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> "Finding":
        """Say that it is not, and why."""
        return Finding(
            rule_id=self.id,
            rule_name=self.name,
            rule_type=self.type,
            status=self.status,
            passed=False,
            code=code,
            http_status=http_status,
            message=message,
            retry_after=retry_after,
            override_roles=override_roles,
            details={"rule_name": self.name, **(details or {})},
        )


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
