"""Who did what, or was denied it: rows that are only ever added."""

from datetime import datetime
from typing import Any

from deltaci.store.database import Transaction
from deltaci.store.tables import AuditEvent


def record(
    tx: Transaction,
    *,
    actor: str,
    action: str,
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
