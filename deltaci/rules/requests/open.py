"""Hold a request for a change: of two at once, the later sees what the earlier has done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from deltaci.core import Core
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.states import RequestState
from deltaci.store import audit
from deltaci.store.announcements import News, announce
from deltaci.store.database import Transaction
from deltaci.store.requests import get_request
from deltaci.store.tables import DeploymentRequest
from deltaci.store.transitions import Moment, move_request

ENDS = frozenset({RequestState.REJECTED, RequestState.COMPLETED, RequestState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Held:
    """A request within the transaction that changes it."""

    tx: Transaction
    core: Core
    row: DeploymentRequest
    actor: str

    def require(self, *states: RequestState) -> None:
        """Raise InvalidStateError unless the request is in one of these states."""
        if self.row.state not in states:
            allowed = " or ".join(states)
            raise InvalidStateError(f"the request is {self.row.state}; this needs {allowed}")

    def changed(self, what: str, **details: Any) -> None:
        """Note that what the request says has changed."""
        self.row.updated_at = self.core.clock()
        self._audit(audit.Action.REQUEST_CHANGED, what=what, **details)

    async def move(self, target: RequestState, **columns: Any) -> None:
        """Move the request. Raises IllegalTransitionError where its lifecycle has no such edge."""
        now = self.core.clock()
        was = self.row.state
        ended_at = now if target in ENDS else None
        moment = Moment(self.actor, now)
        await move_request(self.tx, self.row, target, moment, ended_at=ended_at, **columns)
        self._audit(audit.Action.REQUEST_MOVED, from_state=was, to_state=target)

    def announce(self, event_type: str, **more: Any) -> None:
        """Tell that something has happened to the request (spec §4)."""
        row = self.row
        payload = {
            "dr_name": row.name,
            "dr_url": f"{self.core.settings.public_url}/deployment-requests/{row.id}",
            "status": row.state.value,
            "environment_names": list(row.environments),
            "actor": self.actor,
            **more,
        }
        one = row.environments[0] if len(row.environments) == 1 else None
        news = News(
            event_type,
            "deployment_request",
            row.id,
            environment=one,
            status=row.state.value,
            payload=payload,
        )
        announce(self.tx, news, self.core.clock())

    def _audit(self, action: audit.Action, **details: Any) -> None:
        audit.record(
            self.tx,
            actor=self.actor,
            action=action,
            subject_kind="deployment_request",
            subject_id=self.row.id,
            at=self.core.clock(),
            **details,
        )


@asynccontextmanager
async def held(core: Core, actor: str, request_id: str) -> AsyncIterator[Held]:
    """Hold a request in a transaction of its own. Raises NotFoundError."""
    async with core.database.write() as tx:
        row = await get_request(tx, request_id, hold=True)
        if row is None:
            raise NotFoundError
        yield Held(tx, core, row, actor)
