"""Record one event of a build."""

from datetime import datetime, timedelta
from typing import Any

from deltaci.errors import InvalidStateError
from deltaci.ids import new_uid
from deltaci.states import TrackingStatus
from deltaci.store.tables import Build, Version
from deltaci.store.tracking import ended_builds
from deltaci.store.transitions import Moment
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
from deltaci.tracking.news import build_news
from deltaci.tracking.report import Accepted, Answer
from deltaci.tracking.surroundings import Subject, Surroundings
from deltaci.tracking.told import blanks_filled, earliest, told_fields
from deltaci.tracking.view import build_record
from deltaci.wire.tracked_events import BuildEvent

FIELDS = (
    "source_system",
    "build_number",
    "scm_sha",
    "scm_branch",
    "scm_repository",
    "build_url",
    "invoke_id",
    "built_by",
    "built_by_email",
    "built_by_name",
)


async def record_build(around: Surroundings, event: BuildEvent, caller: str) -> Answer:
    """Record an event; returns the build, or InvalidStateError for a version of another commit."""
    subject = around.subject(event)
    if not _is_of_commit(subject.version, event.scm_sha):
        keep_event(around, event, caller, Outcome.REFUSED, None)
        return InvalidStateError(f"Version {event.version} already exists with different SHA")
    build, outcome = await _settle(around, event, subject, caller)
    keep_event(around, event, caller, outcome, build.id)
    return Accepted(build_record(build, subject))


def _is_of_commit(version: Version, sha: str | None) -> bool:
    """Whether a version can be of a commit; the longest form of its name is kept (spec §1.4)."""
    if not sha:
        return True
    known, told = (version.scm_sha or "").lower(), sha.lower()
    if told.startswith(known):
        if len(told) > len(known):
            version.scm_sha = sha
        return True
    return known.startswith(told)


async def _settle(
    around: Surroundings, event: BuildEvent, subject: Subject, caller: str
) -> tuple[Build, Outcome]:
    open_ones = around.builds[subject.version.id]
    named = Named(event.invoke_id, event.build_number)
    match = newest_match([_known(build) for build in open_ones], named)
    if match is not None:
        build = next(each for each in open_ones if each.id == match.id)
        return build, _tell(around, build, event, subject, caller)
    if not has_ended(event.canonical) and event.told_at is not None:
        await around.write()
        ended = await ended_builds(around.tx, subject.version.id)
        late = late_match([_known(build) for build in ended], named, event.told_at)
        if late is not None:
            build = next(each for each in ended if each.id == late.id)
            _fill_blanks(around, build, event)
            return build, Outcome.LATE
    return _open(around, event, subject, caller), Outcome.OPENED


def _known(build: Build) -> Known:
    named = Named(build.invoke_id, build.build_number)
    return Known(build.id, named, build.status, build.completed_at)


def _tell(
    around: Surroundings, build: Build, event: BuildEvent, subject: Subject, caller: str
) -> Outcome:
    outcome = outcome_of(build.status, event.canonical)
    if outcome is not Outcome.ADVANCED:
        _fill_blanks(around, build, event)
        return outcome
    values = told_fields(build, event, FIELDS, around.core.settings.tracking.metadata_max_bytes)
    values |= _moments(around, event, build.started_at)
    values["status_reason"] = ""
    around.writes.move_build(build, event.canonical, Moment(caller, around.now), values)
    if has_ended(event.canonical):
        around.builds[subject.version.id].remove(build)
    around.writes.announce(build_news(build))
    return outcome


def _fill_blanks(around: Surroundings, build: Build, event: BuildEvent) -> None:
    limit = around.core.settings.tracking.metadata_max_bytes
    values = blanks_filled(build, event, FIELDS, limit)
    if (started := earliest(build.started_at, event.started_at)) != build.started_at:
        values["started_at"] = started
    if values:
        around.writes.change(build, values)


def _open(around: Surroundings, event: BuildEvent, subject: Subject, caller: str) -> Build:
    build = Build(
        id=new_uid(),
        product=subject.product.id,
        version=subject.version.version,
        version_id=subject.version.id,
        status=event.canonical,
        status_reason="",
        **{name: getattr(event, name) for name in FIELDS},
        extra_metadata=event.extra_metadata or {},
        **_moments(around, event, None),
        created_by=caller,
        created_at=around.now,
        updated_at=around.now,
    )
    around.writes.add(build)
    if not has_ended(event.canonical):
        around.builds[subject.version.id].insert(0, build)
    around.writes.announce(build_news(build))
    return build


def _moments(
    around: Surroundings, event: BuildEvent, started_at: datetime | None
) -> dict[str, Any]:
    """The earliest beginning counts; an end counts only of what has ended (spec §1.5)."""
    ended = has_ended(event.canonical)
    begun = earliest(started_at, event.started_at)
    if begun is None and event.canonical is TrackingStatus.STARTED:
        begun = around.now
    open_for = timedelta(hours=around.core.settings.tracking.open_max_hours)
    return {
        "started_at": begun,
        "completed_at": (event.completed_at or around.now) if ended else None,
        "expires_at": None if ended else around.now + open_for,
    }
