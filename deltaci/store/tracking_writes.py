"""Writing what a batch of events says: rows are gathered, and written in a few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Update, bindparam, update
from sqlalchemy.orm.attributes import set_committed_value

from deltaci.states import (
    BUILD,
    DEPLOYMENT,
    DeploymentState,
    IllegalTransitionError,
    TrackingStatus,
    advance,
)
from deltaci.store.announcements import News, announce_all
from deltaci.store.database import NEW_TRANSITIONS, Transaction
from deltaci.store.tables import Build, Deployment, TrackedEvent
from deltaci.store.tables.base import table_of
from deltaci.store.transitions import Moment

STATE = {Build: "status", Deployment: "state"}
"""The column of each kind that says how it is."""
NEVER_CHANGE = frozenset(
    {"id", "origin", "product", "version", "version_id", "environment", "created_by", "created_at"}
)


@dataclass(slots=True)
class _Rows:
    """Rows of one kind that wait to be written: new ones, and what changed of others."""

    new: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """Each with the state that it must still have."""


class TrackingWrites:
    """What waits to be written in one transaction. The rows handed in show it already."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._rows: dict[type[Build | Deployment], _Rows] = {
            Build: _Rows(),
            Deployment: _Rows(),
        }
        self._events: list[Mapping[str, Any]] = []
        self._news: list[News] = []

    def add(self, row: Build | Deployment) -> None:
        """Insert a row, which belongs to no session."""
        self._rows[type(row)].new[row.id] = row

    def add_event(self, event: Mapping[str, Any]) -> None:
        """Insert a row of `tracked_events`."""
        self._events.append(event)

    def announce(self, news: News) -> None:
        """Tell people."""
        self._news.append(news)

    def change(self, row: Build | Deployment, values: Mapping[str, Any]) -> None:
        """Set columns of a row, unless it has moved on meanwhile."""
        rows = self._rows[type(row)]
        if row.id not in rows.new:
            rows.changed.setdefault(row.id, (row, getattr(row, STATE[type(row)])))
        for name, value in values.items():
            set_committed_value(row, name, value)

    def move_build(
        self, row: Build, target: TrackingStatus, moment: Moment, values: Mapping[str, Any]
    ) -> None:
        """Move a build by compare-and-set, and set columns beside."""
        advance(BUILD, row.status, target)
        self._record("build", row.id, row.status, target, moment)
        self.change(row, {**values, "status": target, "updated_at": moment.at})

    def move_deployment(
        self, row: Deployment, target: DeploymentState, moment: Moment, values: Mapping[str, Any]
    ) -> None:
        """Move a deployment by compare-and-set, and set columns beside."""
        advance(DEPLOYMENT, row.state, target)
        self._record("deployment", row.id, row.state, target, moment)
        self.change(row, {**values, "state": target, "updated_at": moment.at})

    async def write(self, now: datetime) -> None:
        """Write what waits. Raises IllegalTransitionError when a row has moved on meanwhile."""
        for kind, rows in self._rows.items():
            if rows.new:
                await self._tx.execute(table_of(kind).insert(), _columns(list(rows.new.values())))
            if rows.changed:
                await self._update(kind, rows.changed)
            rows.new, rows.changed = {}, {}
        if self._events:
            await self._tx.execute(table_of(TrackedEvent).insert(), self._events)
        await announce_all(self._tx, self._news, now)
        self._events, self._news = [], []

    async def _update(
        self, kind: type[Build] | type[Deployment], changed: Mapping[str, tuple[Any, Any]]
    ) -> None:
        rows = [
            {f"new_{name}": getattr(row, name) for name in _changeable(kind)}
            | {"row_id": row_id, "from_state": state}
            for row_id, (row, state) in sorted(changed.items())
        ]
        result = await self._tx.execute(_update_of(kind), rows)
        assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
        if result.rowcount != len(rows):
            raise IllegalTransitionError("what an event told of moved on meanwhile")

    def _record(self, kind: str, row_id: str, before: str, after: str, moment: Moment) -> None:
        self._tx.info.setdefault(NEW_TRANSITIONS, []).append(
            {
                "subject_kind": kind,
                "subject_id": row_id,
                "from_state": before,
                "to_state": after,
                "actor": moment.actor,
                "reason": moment.reason,
                "at": moment.at,
            }
        )


@cache
def _changeable(kind: type[Build] | type[Deployment]) -> tuple[str, ...]:
    return tuple(c.key for c in table_of(kind).columns if c.key not in NEVER_CHANGE)


@cache
def _update_of(kind: type[Build] | type[Deployment]) -> Update:
    table = table_of(kind)
    return (
        update(table)
        .where(
            table.c.id == bindparam("row_id"),
            table.c[STATE[kind]] == bindparam("from_state"),
        )
        .values({name: bindparam(f"new_{name}") for name in _changeable(kind)})
    )


def _columns(rows: Sequence[Build | Deployment]) -> list[dict[str, Any]]:
    names = [column.key for column in table_of(type(rows[0])).columns]
    return [{name: getattr(row, name) for name in names} for row in rows]
