"""What the rules say of a deployment that a tool reports (spec §3.1)."""

from typing import Any

from deltaci.errors import BlockedError
from deltaci.states import TrackingStatus
from deltaci.store import audit
from deltaci.tracking.surroundings import Surroundings
from deltaci.wire.tracked_events import DeploymentEvent


async def preflight(
    around: Surroundings, event: DeploymentEvent, attempt_id: str, caller: str, *, begins: bool
) -> dict[str, Any] | BlockedError | None:
    """Return what is kept of the rules' findings, a refusal, or None where they were not asked.

    What starts may be refused. What is told only when it has ended cannot be: the violation is
    recorded.
    """
    starts = event.canonical is TrackingStatus.STARTED
    if not starts and not (begins and event.canonical is not TrackingStatus.PENDING):
        return None
    if event.skip_preflight_checks and around.core.settings.tracking.skip_preflight_allowed:
        audit.record(
            around.tx,
            actor=caller,
            action=audit.Action.PREFLIGHT_SKIPPED,
            subject_kind="deployment",
            subject_id=attempt_id,
            at=around.now,
            product=event.product_name,
            version=event.version,
            environment=event.environment_name,
        )
        return {"status": "skipped", "rules_evaluated": []}
    return None
