"""Put on record who changed what of the catalog, and why."""

from dataclasses import dataclass
from typing import Any

from deltaci.catalog.changes import Change, Values, changes_between
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.governance.claims import actor_of
from deltaci.store import audit
from deltaci.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Subject:
    """What was changed: `kind` and `id` as audit events name it, and what it belongs to."""

    kind: str
    id: str
    delivery_group_id: str | None = None
    service: str | None = None
    environment: str | None = None


def record_change(
    tx: Transaction,
    core: Core,
    author: Author,
    subject: Subject,
    before: Values | None,
    after: Values | None,
    *further: Change,
) -> None:
    """Record that something was made (`before` is None), changed, or removed (`after` is None)."""
    changes = [*changes_between(before or {}, after or {}), *further]
    audit.record(
        tx,
        actor=author.caller.id,
        action=_action(before, after),
        subject_kind=subject.kind,
        subject_id=subject.id[: audit.SUBJECT_MAX_LENGTH],
        at=core.clock(),
        changes=[_told(change) for change in changes],
        delivery_group_id=subject.delivery_group_id,
        service=subject.service,
        environment=subject.environment,
        reason=author.reason,
        request_id=author.request_id,
        **actor_of(author.caller),
    )


def _action(before: Values | None, after: Values | None) -> audit.Action:
    if before is None:
        return audit.Action.ADMIN_CREATE
    return audit.Action.ADMIN_UPDATE if after is not None else audit.Action.ADMIN_DELETE


def _told(change: Change) -> dict[str, Any]:
    return {"field": change.path, "old_value": change.before, "new_value": change.after}
