"""Moments as findings tell them."""

from datetime import datetime
from typing import overload


@overload
def as_text(moment: datetime) -> str: ...
@overload
def as_text(moment: datetime | None) -> str | None: ...
def as_text(moment: datetime | None) -> str | None:
    """Write a moment in UTC as ISO 8601 with its offset: clients want texts, and drop numbers."""
    return None if moment is None else moment.isoformat()
