"""Who did what, or was denied it: rows that are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from deltaci.errors import InvalidRequestError
from deltaci.store.database import Transaction
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import AuditEvent

DIGITS_MAX = 18
"""An id with more is none that a database gave."""
SUBJECT_MAX_LENGTH = 200


class Action(StrEnum):
    """What was done, or refused."""

    RUN_CREATED = "run.created"
    RUN_RERUN = "run.rerun"
    RUN_CANCEL_REQUESTED = "run.cancel_requested"
    JOB_FORCED_CANCEL = "job.forced_cancel"
    REPOSITORY_REGISTERED = "repository.registered"
    REPOSITORY_LINKED = "repository.linked"
    FORGE_TOKEN_SET = "forge_token.set"  # noqa: S105 - an action, not a token
    WEBHOOK_SECRET_ADDED = "webhook_secret.added"  # noqa: S105 - an action, not a secret
    WEBHOOK_SECRET_REMOVED = "webhook_secret.removed"  # noqa: S105 - an action, not a secret
    WEBHOOK_REDELIVERED = "webhook.redelivered"
    REPORT_RESENT = "report.resent"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 - an action, not a token
    SERVICE_ADDED = "service.added"
    BUILD_REGISTERED = "build.registered"
    BUILD_DENIED = "build.denied"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    PREFLIGHT_SKIPPED = "preflight.skipped"
    RULE_ADDED = "rule.added"
    RULE_CHANGED = "rule.changed"
    RULE_STATUS_CHANGED = "rule.status_changed"
    RULE_REMOVED = "rule.removed"
    APPROVAL_GIVEN = "approval.given"
    REQUEST_CHANGED = "request.changed"
    REQUEST_MOVED = "request.moved"
    ADMIN_CONFIG_CHANGE = "admin.config_change"
    ADMIN_CREATE = "admin.create"
    ADMIN_UPDATE = "admin.update"
    ADMIN_DELETE = "admin.delete"
    NOTIFICATION_CHANNEL_CHANGED = "notification_channel.changed"
    NOTIFICATION_CHANNEL_TESTED = "notification_channel.tested"
    NOTIFICATION_PREFERENCE_CHANGED = "notification_preference.changed"
    NOTIFICATION_REDELIVERED = "notification.redelivered"
    ACCESS_DENIED = "access.denied"
    ACCESS_DENIED_OFTEN = "access.denied_often"


MEANINGS: Mapping[Action, str] = {
    Action.RUN_CREATED: "Somebody created a run.",
    Action.RUN_RERUN: "Somebody created a run of an earlier run's commit.",
    Action.RUN_CANCEL_REQUESTED: "Somebody asked a run to stop, through the API or in Temporal.",
    Action.JOB_FORCED_CANCEL: "A runner did not stop in time; its job was ended without it.",
    Action.REPOSITORY_REGISTERED: "Somebody registered a repository.",
    Action.REPOSITORY_LINKED: "Somebody linked a repository with its place on a forge.",
    Action.FORGE_TOKEN_SET: "Somebody gave a repository a forge token of its own.",
    Action.WEBHOOK_SECRET_ADDED: "Somebody made another secret count for a webhook.",
    Action.WEBHOOK_SECRET_REMOVED: "Somebody took a webhook's secret away.",
    Action.WEBHOOK_REDELIVERED: "An admin had a kept delivery looked at again.",
    Action.REPORT_RESENT: "An admin had a run reported to its forge again.",
    Action.TOKEN_ISSUED: "An admin had an access token signed.",
    Action.SERVICE_ADDED: "Somebody made a service known that builds can be registered for.",
    Action.BUILD_REGISTERED: "A CI publisher made a version deployable.",
    Action.BUILD_DENIED: "Somebody was refused the registration of a build.",
    Action.API_KEY_CREATED: "An admin made an API key.",
    Action.API_KEY_REVOKED: "An admin took an API key away.",
    Action.PREFLIGHT_SKIPPED: "A tool had its deployment skip the rules, as a setting allows.",
    Action.RULE_ADDED: "Somebody made a rule that gates deployments.",
    Action.RULE_CHANGED: "Somebody changed what such a rule asks for.",
    Action.RULE_STATUS_CHANGED: "Somebody changed whether such a rule blocks, reports or rests.",
    Action.RULE_REMOVED: "Somebody removed such a rule.",
    Action.APPROVAL_GIVEN: "Somebody signed something off, or rejected it.",
    Action.REQUEST_CHANGED: "Somebody changed what a deployment request or a template says.",
    Action.REQUEST_MOVED: "A deployment request was activated, decided, ended or taken back.",
    Action.ADMIN_CONFIG_CHANGE: "An admin changed a setting while the system ran.",
    Action.ADMIN_CREATE: "An admin added something to the catalog.",
    Action.ADMIN_UPDATE: "An admin changed something of the catalog; what, key by key.",
    Action.ADMIN_DELETE: "An admin removed something from the catalog.",
    Action.NOTIFICATION_CHANNEL_CHANGED: "Somebody added, changed or deleted a channel.",
    Action.NOTIFICATION_CHANNEL_TESTED: "Somebody had a test message sent to a channel.",
    Action.NOTIFICATION_PREFERENCE_CHANGED: "Somebody changed what a channel hears of.",
    Action.NOTIFICATION_REDELIVERED: "Somebody had a notification told again.",
    Action.ACCESS_DENIED: "A caller with a valid token asked for what its roles do not allow.",
    Action.ACCESS_DENIED_OFTEN: "The same caller did so many times more within a minute.",
}


def record(
    tx: Transaction,
    *,
    actor: str,
    action: Action,
    subject_kind: str,
    subject_id: str,
    at: datetime,
    **details: Any,
) -> None:
    """Add an audit event to this transaction. `details` must hold nothing secret."""
    tx.add(
        AuditEvent(
            at=at,
            actor=actor,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            details=details,
        )
    )


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events to list; None means any."""

    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Events of this moment are not among them."""


async def list_events(
    tx: Transaction, wanted: AuditFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[AuditEvent], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    row = AuditEvent
    statement = select(row).order_by(row.id.desc()).limit(limit + 1)
    if wanted.action:
        statement = statement.where(row.action == wanted.action)
    if wanted.since:
        statement = statement.where(row.at >= wanted.since)
    if wanted.until:
        statement = statement.where(row.at < wanted.until)
    if cursor:
        statement = statement.where(row.id < _event_id(cursor))
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(str(page[-1].id)) if len(rows) > limit else None


def _event_id(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX):
        raise InvalidRequestError("the cursor is not one of ours")
    return int(text)
