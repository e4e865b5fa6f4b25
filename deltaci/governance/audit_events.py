"""Show who did what, or was denied it, as the DXCP contract tells events (spec §5)."""

import json
from collections.abc import Mapping

from deltaci.core import Core
from deltaci.store.audit import Action, AuditFilter, list_events
from deltaci.store.tables import AuditEvent
from deltaci.wire.governance import AuditEventView, AuditOutcome

EVENT_TYPES: Mapping[str, Action] = {
    action.value.replace(".", "_").upper(): action for action in Action
}
"""The contract's names of our actions."""

DENIALS = frozenset(
    {
        Action.BUILD_DENIED,
        Action.ACCESS_DENIED,
        Action.ACCESS_DENIED_OFTEN,
        Action.DEPLOY_DENIED,
        Action.ROLLBACK_DENIED,
        Action.PROMOTION_DENIED,
    }
)
NOBODY_SAID = "UNKNOWN"


async def list_audit_events(
    core: Core, wanted: AuditFilter, *, limit: int, cursor: str
) -> tuple[list[AuditEventView], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    async with core.database.read() as tx:
        rows, next_cursor = await list_events(tx, wanted, limit=limit, cursor=cursor)
    return [_view(row) for row in rows], next_cursor


def _view(row: AuditEvent) -> AuditEventView:
    details = row.details
    return AuditEventView(
        event_id=str(row.id),
        event_type=row.action.replace(".", "_").upper(),
        actor_id=row.actor,
        actor_role=details.get("actor_role") or NOBODY_SAID,
        target_type=row.subject_kind.title().replace("_", ""),
        target_id=row.subject_id,
        timestamp=row.at,
        outcome=AuditOutcome.DENIED if row.action in DENIALS else AuditOutcome.SUCCESS,
        summary=_summary(row),
        delivery_group_id=details.get("delivery_group_id"),
        service_name=details.get("service"),
        environment=details.get("environment"),
    )


def _summary(row: AuditEvent) -> str:
    """Write the details as JSON; a changed setting's with the keys that the contract has there."""
    summary = {name: value for name, value in row.details.items() if name != "reason" or value}
    if row.action == Action.ADMIN_CONFIG_CHANGE:
        about = {"setting_key": row.subject_id, "timestamp": row.at.isoformat()}
        summary |= about | {"actor_id": row.actor}
    return json.dumps(summary, sort_keys=True)
