"""Examples of deployments, shown in the OpenAPI document."""

from typing import Any

INTENT: dict[str, Any] = {
    "service": "demo-service",
    "environment": "staging",
    "version": "1.2.3",
    "changeSummary": "the new checkout",
}
PROMOTION: dict[str, Any] = {
    "service": "demo-service",
    "source_environment": "staging",
    "target_environment": "production",
    "version": "1.2.3",
    "changeSummary": "the new checkout",
}
ROLLBACK: dict[str, Any] = {"changeSummary": "orders cannot be paid"}
APPROVAL: dict[str, Any] = {"verdict": "approved", "comments": "seen on staging"}
POLICY: dict[str, Any] = {"service": "demo-service", "environment": "staging"}
RELEASE: dict[str, Any] = {"reason": "1.2.4 mends it"}
