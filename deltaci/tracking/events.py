"""Every event as it was received: rows that are only ever added."""

from typing import Any

from deltaci.ids import new_uid
from deltaci.tracking.link import Outcome
from deltaci.tracking.surroundings import Surroundings
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent


def keep_event(
    around: Surroundings,
    event: BuildEvent | DeploymentEvent,
    caller: str,
    outcome: Outcome,
    subject_id: str | None,
    *,
    event_id: str = "",
    **beside: Any,
) -> None:
    """Keep an event; `beside` is put beside what was sent."""
    is_build = isinstance(event, BuildEvent)
    around.writes.add_event(
        {
            "id": event_id or new_uid(),
            "kind": "build" if is_build else "deployment",
            "subject_id": subject_id,
            "product": event.product_name,
            "version": event.version,
            "environment": getattr(event, "environment_name", None),
            "status": event.canonical,
            "payload": event.as_sent() | beside,
            "outcome": outcome,
            "caller": caller,
            "received_at": around.now,
        }
    )
