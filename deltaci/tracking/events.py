"""Every event as it was received: rows that are only ever added."""

from deltaci.ids import new_uid
from deltaci.store.tables import TrackedEvent
from deltaci.tracking.link import Outcome
from deltaci.tracking.surroundings import Surroundings
from deltaci.wire.tracked_events import BuildEvent, DeploymentEvent


def tracked_event(
    around: Surroundings,
    event: BuildEvent | DeploymentEvent,
    caller: str,
    outcome: Outcome,
    subject_id: str | None,
    event_id: str = "",
) -> TrackedEvent:
    """Return the row of an event."""
    return TrackedEvent(
        id=event_id or new_uid(),
        kind="build" if isinstance(event, BuildEvent) else "deployment",
        subject_id=subject_id,
        product=event.product_name,
        version=event.version,
        environment=None if isinstance(event, BuildEvent) else event.environment_name,
        status=event.canonical,
        payload=event.as_sent(),
        outcome=outcome,
        caller=caller,
        received_at=around.now,
    )
