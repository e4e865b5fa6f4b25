"""Words of rules and sign-offs, spelt out: their wire models cost a third of a second to import."""

from typing import Literal

RuleType = Literal["schedule", "flow", "concurrency", "version_approval", "request_approval"]
RuleStatus = Literal["enabled", "report_only", "disabled"]
ApprovalType = Literal["uat", "qa", "performance", "security", "code_review", "compliance"]
