"""A change counts only for the revision that it was made from: of two at once one is told so."""

from typing import Any

from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE
from deltaci.store.database import Transaction
from deltaci.store.revisions import Revised, change_row


def require_revision(row: Revised, wanted: int | None) -> None:
    """Return when the caller read this revision, or did not say. Raises InvalidStateError."""
    if wanted not in {None, row.revision}:
        raise InvalidStateError(CHANGED_MEANWHILE, revision=row.revision)


async def change(tx: Transaction, row: Revised, **columns: Any) -> None:
    """Set columns of a row. Raises InvalidStateError when somebody else was faster."""
    if not await change_row(tx, row, **columns):
        raise InvalidStateError(CHANGED_MEANWHILE)
