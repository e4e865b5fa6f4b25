"""Who did what, or was denied it: rows that are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from deltaci.store.database import Transaction
from deltaci.store.tables import AuditEvent


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
    BUILD_REGISTERED = "build.registered"
    BUILD_DENIED = "build.denied"
    ADMIN_CONFIG_CHANGE = "admin.config_change"
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
    Action.BUILD_REGISTERED: "A CI publisher made a version deployable.",
    Action.BUILD_DENIED: "Somebody was refused the registration of a build.",
    Action.ADMIN_CONFIG_CHANGE: "An admin changed a setting while the system ran.",
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
