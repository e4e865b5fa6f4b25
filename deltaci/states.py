"""Every lifecycle as data: which states exist, which edges are legal, and what is terminal.

The tables are the whole truth (spec §2, with the missing edges marked [R] there). `advance` is the
only way to compute a next state; storing one is a compare-and-set in `deltaci.store.transitions`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class RunState(StrEnum):
    """The life of a run. The outcome stays in `state`; that it was reported is a separate fact."""

    CREATED = "CREATED"
    PLANNING = "PLANNING"
    PLAN_FAILED = "PLAN_FAILED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMEOUT = "TIMEOUT"


class JobState(StrEnum):
    """The life of a job, and of each of its attempts: one vocabulary, two tables of edges."""

    CREATED = "CREATED"
    QUEUED = "QUEUED"
    LEASED = "LEASED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    UPLOADING = "UPLOADING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"
    STALE = "STALE"


class LeaseState(StrEnum):
    """The life of a lease: one runner's exclusive, expiring right to one attempt."""

    GRANTED = "GRANTED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class DeploymentState(StrEnum):
    """The life of a deployment, whether we carry it out or another tool tells us of it."""

    PENDING = "PENDING"
    """Asked for; waits for approvals, a window, or its turn."""
    IN_PROGRESS = "IN_PROGRESS"
    """Being carried out."""
    ACTIVE = "ACTIVE"
    """Carried out, and being verified."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    ROLLED_BACK = "ROLLED_BACK"
    """Undone by a rollback that succeeded."""


class TrackingStatus(StrEnum):
    """The five canonical statuses of builds and deployments (Versioner seed, «Status Values»)."""

    PENDING = "pending"
    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"


class RequestState(StrEnum):
    """The life of a deployment request (Versioner spec §3.3)."""

    DRAFT = "draft"
    IN_PROGRESS = "in_progress"
    APPROVED = "approved"
    REJECTED = "rejected"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


State = TypeVar("State", bound=StrEnum)
Edges = Mapping[State, frozenset[State]]


def _edges(table: Mapping[State, set[State]]) -> dict[State, frozenset[State]]:
    return {source: frozenset(targets) for source, targets in table.items()}


_R = RunState
RUN: Edges[RunState] = _edges(
    {
        _R.CREATED: {_R.PLANNING, _R.CANCEL_REQUESTED},
        _R.PLANNING: {_R.QUEUED, _R.PLAN_FAILED, _R.CANCEL_REQUESTED},
        _R.PLAN_FAILED: {_R.FAILED},
        _R.QUEUED: {_R.RUNNING, _R.FAILED, _R.TIMEOUT, _R.SUCCEEDED, _R.CANCEL_REQUESTED},
        _R.RUNNING: {_R.SUCCEEDED, _R.FAILED, _R.TIMEOUT, _R.CANCEL_REQUESTED},
        _R.CANCEL_REQUESTED: {_R.CANCELED},
        _R.SUCCEEDED: set(),
        _R.FAILED: set(),
        _R.CANCELED: set(),
        _R.TIMEOUT: set(),
    }
)

_J = JobState
_ENDING = {_J.CANCEL_REQUESTED, _J.TIMED_OUT}
ATTEMPT: Edges[JobState] = _edges(
    {
        _J.CREATED: {_J.QUEUED, _J.CANCELED},
        _J.QUEUED: {_J.LEASED, _J.CANCEL_REQUESTED, _J.CANCELED},
        _J.LEASED: {_J.STARTING, _J.QUEUED, _J.STALE, *_ENDING},
        _J.STARTING: {_J.RUNNING, _J.UPLOADING, _J.QUEUED, _J.STALE, *_ENDING},
        _J.RUNNING: {_J.UPLOADING, _J.QUEUED, _J.STALE, *_ENDING},
        _J.UPLOADING: {_J.SUCCEEDED, _J.FAILED, _J.QUEUED, _J.STALE, *_ENDING},
        _J.CANCEL_REQUESTED: {_J.CANCELED},
        _J.STALE: set(),
        _J.SUCCEEDED: set(),
        _J.FAILED: set(),
        _J.CANCELED: set(),
        _J.TIMED_OUT: set(),
    }
)
"""One attempt. STALE marks an attempt whose lease was lost more often than the cap allows."""

JOB: Edges[JobState] = _edges(
    {
        _J.CREATED: {_J.QUEUED, _J.CANCELED, _J.SUCCEEDED},
        _J.QUEUED: {_J.LEASED, _J.CANCEL_REQUESTED, _J.CANCELED},
        _J.LEASED: {_J.STARTING, _J.QUEUED, _J.FAILED, *_ENDING},
        _J.STARTING: {_J.RUNNING, _J.UPLOADING, _J.QUEUED, _J.FAILED, *_ENDING},
        _J.RUNNING: {_J.UPLOADING, _J.QUEUED, _J.FAILED, *_ENDING},
        _J.UPLOADING: {_J.SUCCEEDED, _J.FAILED, _J.QUEUED, *_ENDING},
        _J.CANCEL_REQUESTED: {_J.CANCELED},
        _J.STALE: set(),
        _J.SUCCEEDED: set(),
        _J.FAILED: set(),
        _J.CANCELED: set(),
        _J.TIMED_OUT: set(),
    }
)
"""The logical job. When an attempt fails, the job stays where it was until the orchestrator
decides: back to QUEUED with a new attempt, or ended. CREATED to SUCCEEDED is a result that a rerun
takes over from the original."""

_L = LeaseState
LEASE: Edges[LeaseState] = _edges(
    {
        _L.GRANTED: {_L.ACTIVE, _L.EXPIRED, _L.REVOKED},
        _L.ACTIVE: {_L.COMPLETED, _L.CANCELED, _L.EXPIRED, _L.REVOKED},
        _L.EXPIRED: set(),
        _L.REVOKED: set(),
        _L.COMPLETED: set(),
        _L.CANCELED: set(),
    }
)

_D = DeploymentState
DEPLOYMENT: Edges[DeploymentState] = _edges(
    {
        _D.PENDING: {_D.IN_PROGRESS, _D.SUCCEEDED, _D.FAILED, _D.CANCELED},
        _D.IN_PROGRESS: {_D.ACTIVE, _D.SUCCEEDED, _D.FAILED, _D.CANCELED},
        _D.ACTIVE: {_D.SUCCEEDED, _D.FAILED, _D.CANCELED},
        _D.SUCCEEDED: {_D.ROLLED_BACK},
        _D.FAILED: {_D.ROLLED_BACK},
        _D.CANCELED: set(),
        _D.ROLLED_BACK: set(),
    }
)
"""From PENDING to its end goes only what another tool reports, or what never began. A deployment
that has ended never runs again; a successful rollback is the one thing that can still befall it."""

DEPLOYMENT_OPEN = frozenset({_D.PENDING, _D.IN_PROGRESS, _D.ACTIVE})
"""The states of deployments that have not ended."""
_T = TrackingStatus
BUILD: Edges[TrackingStatus] = _edges(
    {
        _T.PENDING: {_T.STARTED, _T.COMPLETED, _T.FAILED, _T.ABORTED},
        _T.STARTED: {_T.COMPLETED, _T.FAILED, _T.ABORTED},
        _T.COMPLETED: set(),
        _T.FAILED: set(),
        _T.ABORTED: set(),
    }
)

_Q = RequestState
REQUEST: Edges[RequestState] = _edges(
    {
        _Q.DRAFT: {_Q.IN_PROGRESS, _Q.CANCELLED},
        _Q.IN_PROGRESS: {_Q.APPROVED, _Q.REJECTED, _Q.DRAFT, _Q.CANCELLED},
        _Q.APPROVED: {_Q.COMPLETED, _Q.DRAFT, _Q.CANCELLED},
        _Q.REJECTED: {_Q.CANCELLED},
        _Q.COMPLETED: set(),
        _Q.CANCELLED: set(),
    }
)
"""A rejected request keeps its versions out until it is cancelled, or another takes its place."""

STATUS_OF: Mapping[DeploymentState, TrackingStatus] = {
    _D.PENDING: _T.PENDING,
    _D.IN_PROGRESS: _T.STARTED,
    _D.ACTIVE: _T.STARTED,
    _D.SUCCEEDED: _T.COMPLETED,
    _D.FAILED: _T.FAILED,
    _D.CANCELED: _T.ABORTED,
    _D.ROLLED_BACK: _T.COMPLETED,
}
"""What a deployment's state is called among the five statuses."""
STATE_OF: Mapping[TrackingStatus, DeploymentState] = {
    _T.PENDING: _D.PENDING,
    _T.STARTED: _D.IN_PROGRESS,
    _T.COMPLETED: _D.SUCCEEDED,
    _T.FAILED: _D.FAILED,
    _T.ABORTED: _D.CANCELED,
}
"""What a reported status makes of a deployment."""

_STATUS_WORDS: Mapping[TrackingStatus, frozenset[str]] = {
    _T.PENDING: frozenset({"pending", "queued", "scheduled"}),
    _T.STARTED: frozenset({"started", "in_progress", "init"}),
    _T.COMPLETED: frozenset({"completed", "complete", "success", "finished"}),
    _T.FAILED: frozenset({"failed", "fail", "failure", "error"}),
    _T.ABORTED: frozenset({"aborted", "abort", "cancelled", "canceled", "cancel", "skipped"}),
}
BUILD_WORDS: Mapping[str, TrackingStatus] = {
    **{word: status for status, words in _STATUS_WORDS.items() for word in words},
    "building": _T.STARTED,
    "built": _T.COMPLETED,
}
"""Every spelling of a build's status. The seed's, and `canceled`."""
DEPLOYMENT_WORDS: Mapping[str, TrackingStatus] = {
    **{word: status for status, words in _STATUS_WORDS.items() for word in words},
    "deploying": _T.STARTED,
    "deployed": _T.COMPLETED,
}
"""Every spelling of a deployment's status; those of a build alone do not count (spec §1.3)."""

ALIASES: Mapping[str, str] = {"SUCCESS": "SUCCEEDED"}
"""Upstream's other spelling of a finished run, accepted as input only (spec §2.7 row 1)."""


class UnknownStateError(ValueError):
    """The text names no state of this lifecycle."""


class IllegalTransitionError(ValueError):
    """The lifecycle has no such edge; terminal states have none at all."""


def advance(edges: Edges[State], current: State, target: State) -> State:
    """Return the state to store when `target` is asked of `current`.

    Asking for the current state again is a legal no-op. Raises IllegalTransitionError for an edge
    that the table does not have.
    """
    if target == current or target in edges[current]:
        return target
    raise IllegalTransitionError(f"{current} cannot become {target}")


def is_terminal(edges: Edges[State], state: State) -> bool:
    """Whether nothing can follow `state`."""
    return not edges[state]


def open_states(edges: Edges[State]) -> frozenset[State]:
    """The states that something can still follow."""
    return frozenset(state for state in edges if edges[state])


def sources_of(edges: Edges[State], target: State) -> frozenset[State]:
    """The states from which `target` can be reached in one step."""
    return frozenset(state for state, targets in edges.items() if target in targets)


def parse_status(words: Mapping[str, TrackingStatus], text: str) -> TrackingStatus:
    """Read a reported status as one of the five, whatever its case and the space around it."""
    try:
        return words[text.strip().lower()]
    except KeyError as error:
        accepted = ", ".join(sorted(words))
        raise UnknownStateError(f"unknown status; accepted are {accepted}") from error


def parse_run_state(text: str) -> RunState:
    """Read a run state from outside, accepting the documented aliases."""
    try:
        return RunState(ALIASES.get(text, text))
    except ValueError as error:
        raise UnknownStateError(f"unknown run state {text!r}") from error
