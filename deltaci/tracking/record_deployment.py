"""Record one event of a deployment."""

from datetime import timedelta
from typing import Any

from deltaci.errors import BlockedError
from deltaci.ids import new_uid
from deltaci.states import STATE_OF, STATUS_OF, DeploymentState, TrackingStatus
from deltaci.store.tables import Deployment, Version
from deltaci.store.tracking import ended_deployments
from deltaci.store.transitions import Moment
from deltaci.tracking.change import Ran, change_of
from deltaci.tracking.events import keep_event
from deltaci.tracking.link import (
    Known,
    Named,
    Outcome,
    has_ended,
    late_match,
    newest_match,
    outcome_of,
)
from deltaci.tracking.news import deployment_news
from deltaci.tracking.preflight import preflight
from deltaci.tracking.report import Accepted, Answer
from deltaci.tracking.surroundings import Subject, Surroundings
from deltaci.tracking.told import blanks_filled, earliest, told_fields
from deltaci.tracking.view import deployment_record
from deltaci.wire.deployments import Change, Origin
from deltaci.wire.tracked_events import DeploymentEvent

FIELDS = (
    "source_system",
    "build_number",
    "scm_sha",
    "scm_branch",
    "scm_repository",
    "build_url",
    "deploy_url",
    "invoke_id",
    "deployed_by",
    "deployed_by_email",
    "deployed_by_name",
)


async def record_deployment(around: Surroundings, event: DeploymentEvent, caller: str) -> Answer:
    """Record an event; returns the deployment, or BlockedError when rules do not allow it."""
    subject = around.subject(event)
    row = _match(around, event, subject)
    if row is None:
        row = await _late_for(around, event, subject)
        if row is not None:
            _fill_blanks(around, row, event)
            return _accept(around, event, subject, caller, row, Outcome.LATE)
    if row is not None:
        outcome = outcome_of(STATUS_OF[row.state], event.canonical)
        if outcome is not Outcome.ADVANCED:
            _fill_blanks(around, row, event)
            return _accept(around, event, subject, caller, row, outcome)
    attempt_id = row.id if row is not None else new_uid()
    is_new = row is None
    found = await preflight(around, event, attempt_id, caller, begins=is_new)
    if isinstance(found, BlockedError):
        # The attempt is no deployment: this row is all that there is of it.
        event_id = attempt_id if is_new else new_uid()
        refused, why = Outcome.REFUSED, found.code
        keep_event(around, event, caller, refused, None, event_id=event_id, refusal=why)
        return found
    if row is None:
        row = _open(around, event, subject, attempt_id, caller, found)
        return _accept(around, event, subject, caller, row, Outcome.OPENED)
    _advance(around, row, event, subject, caller, found)
    return _accept(around, event, subject, caller, row, Outcome.ADVANCED)


def _accept(
    around: Surroundings,
    event: DeploymentEvent,
    subject: Subject,
    caller: str,
    row: Deployment,
    outcome: Outcome,
) -> Accepted:
    keep_event(around, event, caller, outcome, row.id)
    return Accepted(deployment_record(row, subject, around.now))


def _match(around: Surroundings, event: DeploymentEvent, subject: Subject) -> Deployment | None:
    rows = around.deployments[subject.version.id, event.environment_name]
    match = newest_match([_known(row) for row in rows], Named(event.invoke_id))
    return next((row for row in rows if match and row.id == match.id), None)


async def _late_for(
    around: Surroundings, event: DeploymentEvent, subject: Subject
) -> Deployment | None:
    if has_ended(event.canonical) or event.told_at is None:
        return None
    await around.write()
    rows = await ended_deployments(around.tx, (subject.version.id, event.environment_name))
    late = late_match([_known(row) for row in rows], Named(event.invoke_id), event.told_at)
    return next((row for row in rows if late and row.id == late.id), None)


def _known(row: Deployment) -> Known:
    return Known(row.id, Named(row.invoke_id), STATUS_OF[row.state], row.deployed_at)


def _fill_blanks(around: Surroundings, row: Deployment, event: DeploymentEvent) -> None:
    limit = around.core.settings.tracking.metadata_max_bytes
    values = blanks_filled(row, event, FIELDS, limit)
    if (started := earliest(row.started_at, event.started_at)) != row.started_at:
        values["started_at"] = started
    if values:
        around.writes.change(row, values)


def _open(
    around: Surroundings,
    event: DeploymentEvent,
    subject: Subject,
    deployment_id: str,
    caller: str,
    found: dict[str, Any] | None,
) -> Deployment:
    row = Deployment(
        id=deployment_id,
        origin=Origin.REPORTED,
        product=subject.product.id,
        version=subject.version.version,
        version_id=subject.version.id,
        environment=event.environment_name,
        state=STATE_OF[event.canonical],
        state_reason="",
        **{name: getattr(event, name) for name in FIELDS},
        extra_metadata=event.extra_metadata or {},
        preflight=found,
        **_moments(around, event, None),
        created_by=caller,
        created_at=around.now,
        updated_at=around.now,
    )
    row.change = _change(around, row, subject)
    around.writes.add(row)
    if not has_ended(event.canonical):
        around.deployments[subject.version.id, row.environment].insert(0, row)
    around.writes.announce(deployment_news(row))
    return row


def _advance(
    around: Surroundings,
    row: Deployment,
    event: DeploymentEvent,
    subject: Subject,
    caller: str,
    found: dict[str, Any] | None,
) -> None:
    values = told_fields(row, event, FIELDS, around.core.settings.tracking.metadata_max_bytes)
    values |= _moments(around, event, row)
    if found is not None:
        values["preflight"] = found
    target = STATE_OF[event.canonical]
    ran = _ran(subject.version, values["deployed_at"]) if values["deployed_at"] else None
    if target is DeploymentState.SUCCEEDED and ran is not None:
        values["change"] = _change_to(around, row, ran)
    values["state_reason"] = ""
    around.writes.move_deployment(row, target, Moment(caller, around.now), values)
    if has_ended(event.canonical):
        around.deployments[subject.version.id, row.environment].remove(row)
    around.writes.announce(deployment_news(row))


def _moments(
    around: Surroundings, event: DeploymentEvent, row: Deployment | None
) -> dict[str, Any]:
    """An end counts only of what has ended (spec §1.5)."""
    ended = has_ended(event.canonical)
    begun = earliest(row.started_at if row is not None else None, event.started_at)
    if begun is None and event.canonical is TrackingStatus.STARTED:
        begun = around.now
    open_for = timedelta(hours=around.core.settings.tracking.open_max_hours)
    return {
        "started_at": begun,
        "deployed_at": (event.completed_at or around.now) if ended else None,
        "expires_at": None if ended else around.now + open_for,
    }


def _change(around: Surroundings, row: Deployment, subject: Subject) -> Change | None:
    if row.state is not DeploymentState.SUCCEEDED or row.deployed_at is None:
        return None
    return _change_to(around, row, _ran(subject.version, row.deployed_at))


def _change_to(around: Surroundings, row: Deployment, now: Ran) -> Change:
    """Say what it changes about what is known to run there, and remember it as that."""
    place = row.product, row.environment
    before = around.running.get(place)
    change = change_of(before, now)
    if change is not Change.OUT_OF_ORDER:
        around.running[place] = now
    return change


def _ran(version: Version, deployed_at: Any) -> Ran:
    return Ran(version.version, (version.created_at, version.id), deployed_at)
