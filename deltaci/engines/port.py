"""What carries out a deployment: the one port that every engine implements.

The workflow calls `start` once and then `poll` until the engine says that it has ended, unless the
engine calls back first. Any call may be repeated, also after a crash of ours between the engine's
answer and our note of it: `EngineOrder.key` is the same then, and an engine that has seen the key
must do nothing new and answer what it answered. An engine that answers twice, late or never does no
harm: what it says counts only while the deployment is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class FailureCategory(StrEnum):
    """Why a deployment failed (DXCP spec §3.7)."""

    VALIDATION = "VALIDATION"
    POLICY = "POLICY"
    ARTIFACT = "ARTIFACT"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    CONFIG = "CONFIG"
    APP = "APP"
    TIMEOUT = "TIMEOUT"
    ROLLBACK = "ROLLBACK"
    UNKNOWN = "UNKNOWN"


class EngineState(StrEnum):
    """How far an engine is."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in words that name no engine's internals and hold no secret."""

    category: FailureCategory
    summary: str
    observed_at: datetime
    detail: str | None = None
    action_hint: str | None = None


@dataclass(frozen=True, slots=True)
class EngineOrder:
    """Everything that an engine is told. Built inside an activity; it never enters a workflow."""

    key: str
    """The idempotency key: one per deployment, whatever is tried again."""
    deployment_id: str
    kind: str
    """`ROLL_FORWARD`, `ROLLBACK` or `PROMOTE`."""
    service: str
    version: str
    environment: str
    artifact_ref: str
    sha256: str | None
    git_sha: str
    previous_version: str | None
    """What runs there now, if we know."""
    spec: Mapping[str, Any]
    """The engine's part of the recipe's revision that counts for this deployment."""
    secret: str = field(default="", repr=False)
    """The recipe's credential, unsealed; never logged."""
    callback_url: str = ""
    """Where an engine may say that it has ended; empty when the server has no address."""
    timeout_seconds: int = 3600
    """How long the recipe lets it take."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What the engine calls its work, to be asked about later."""

    id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What an engine says of its work."""

    state: EngineState
    failure: Failure | None = None
    """Given exactly when FAILED."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class JobOrder:
    """A job on our runners, in the service of a deployment."""

    key: str
    """The idempotency key: equal orders are one job, whatever is tried again."""
    deployment_id: str
    name: str
    steps: Sequence[str]
    environment: str
    """Only runners that may deploy there take the job."""
    git_sha: str
    repo_id: str | None = None
    """What is checked out, at `git_sha`; None gives the steps an empty folder."""
    labels: Sequence[str] = ()
    image: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """More variables, which nobody but the job's runner gets to see."""
    timeout_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class JobStanding:
    """How far such a job is."""

    state: EngineState
    timed_out: bool = False
    reason: str = ""
    """What its runner or we say about its end."""


class JobRefusedError(Exception):
    """The job cannot be made as it was ordered; the message says why."""


class JobOffice(Protocol):
    """Has jobs run by our runners.

    Each call raises EngineUnavailableError while what it needs cannot be reached.
    """

    async def start_job(self, order: JobOrder) -> str:
        """Have the job run, once per key; returns the id of its run. Raises JobRefusedError."""
        ...

    async def look(self, run_id: str) -> JobStanding:
        """Say how far the job of a run is."""
        ...

    async def cancel(self, run_id: str) -> None:
        """Stop it; one that has ended stays as it is."""
        ...


class EngineUnavailableError(Exception):
    """The engine cannot be reached or asks for patience; the same call is tried again later."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class EngineRefusedError(Exception):
    """The engine will not do this, however often it is asked."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


class Engine(Protocol):
    """Carries out deployments of one kind of recipe."""

    engine_type: str

    def check(self, spec: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a recipe's engine part, one sentence each; empty if nothing."""
        ...

    async def start(self, order: EngineOrder) -> Execution:
        """Begin, or find what an equal order began.

        Raises EngineUnavailableError, EngineRefusedError.
        """
        ...

    async def poll(self, order: EngineOrder, execution: Execution) -> Progress:
        """Say how far it is. Raises EngineUnavailableError."""
        ...

    async def cancel(self, order: EngineOrder, execution: Execution) -> None:
        """Ask it to stop; one that has ended, or cannot stop, ignores it.

        Raises EngineUnavailableError.
        """
        ...


Engines = Mapping[str, Engine]
"""Every engine by its type."""
