"""Runner protocol messages (spec §3.3): what a runner and the control plane say to each other.

A lease id is a bearer credential. It travels in request and answer bodies of these messages and in
the `Delta-Lease` header of uploads, and nowhere else: never in a URL, a log line or an error.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from deltaci.planner.model import JobSpec
from deltaci.wire.errors import ErrorEnvelope
from deltaci.wire.values import Integer, LenientModel, Timestamp, WireModel

LEASE_HEADER = "Delta-Lease"
"""Carries the lease id on log and artifact uploads."""

RunnerId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LeaseId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CompletionStatus(StrEnum):
    """How a job ended on its runner."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"


class CancelReason(StrEnum):
    """Why a runner is asked to stop."""

    RUN_CANCELED = "RUN_CANCELED"
    JOB_CANCELED = "JOB_CANCELED"
    TIMEOUT = "TIMEOUT"
    SUPERSEDED = "SUPERSEDED"


class StaleReason(StrEnum):
    """Why a message that names a lease changed nothing."""

    LEASE_EXPIRED = "LEASE_EXPIRED"
    LEASE_REVOKED = "LEASE_REVOKED"
    UNKNOWN_LEASE = "UNKNOWN_LEASE"


class RunnerConflict(ErrorEnvelope):
    """A message that changed nothing; a stale lease says why in the protocol's own form too."""

    type: Literal["StaleLease"] | None = None
    reason: StaleReason | None = None


class LeaseRequest(LenientModel):
    """`POST /api/v1/internal/lease`: a runner asks for one job; the call may be held open."""

    runner_id: RunnerId
    capabilities: Annotated[list[str], Field(max_length=100)] = []
    """Labels that the runner offers: its own plus `os:…`, `arch:…`, `executor:…` and, when it can
    run container images, `image`."""
    wait_seconds: Annotated[float, Field(ge=0, le=60)] = 20
    """How long to wait for a job before answering 204."""


class Checkout(WireModel):
    """Where the commit is fetched from; an extension beside `job_spec`."""

    repo_id: str
    url: str
    commit_sha: str
    """Empty when there is nothing to check out: the steps begin in an empty folder."""
    ref: str
    fork: bool
    through_api: bool = False
    """Fetch it from `/api/v1/internal/git`, with the lease, instead of from `url`."""


class LeaseGranted(WireModel):
    """The runner holds one attempt until the lease expires; it must acknowledge first."""

    type: Literal["LeaseGranted"] = "LeaseGranted"
    run_id: str
    job_id: str
    lease_id: LeaseId
    lease_ttl_seconds: int
    heartbeat_interval_seconds: int
    max_runtime_seconds: int
    job_spec: JobSpec
    checkout: Checkout
    attempt_number: int
    secrets: Annotated[dict[str, str], Field(repr=False)] = {}
    """More variables of the steps, of a deployment's job; masked in its log, written nowhere."""


class AckLease(LenientModel):
    """The runner starts the job: QUEUED work becomes STARTING. Duplicates are harmless."""

    type: Literal["AckLease"] = "AckLease"
    job_id: str
    lease_id: LeaseId
    runner_id: RunnerId
    accepted_at: Timestamp | None = None
    """Advisory: expiry is judged by the server's clock alone."""


class Acknowledged(WireModel):
    """Answer to AckLease and CancelAck."""

    type: Literal["Acknowledged"] = "Acknowledged"
    lease_id: LeaseId
    accepted: bool = True


class Progress(LenientModel):
    """What the runner is doing; advisory and shown to people."""

    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    current_step: Annotated[str, StringConstraints(max_length=500)] | None = None
    step_index: Annotated[int, Field(ge=0)] | None = None
    message: Annotated[str, StringConstraints(max_length=500)] | None = None


class LogCursor(LenientModel):
    """How much log the runner has sent."""

    bytes_sent: Annotated[int, Field(ge=0)]


class Heartbeat(LenientModel):
    """The runner is alive: extends the lease from the moment of receipt."""

    type: Literal["Heartbeat"] = "Heartbeat"
    lease_id: LeaseId
    runner_id: RunnerId
    progress: Progress | None = None
    log_cursor: LogCursor | None = None
    ts: Timestamp | None = None
    """Orders heartbeats of one lease; an older one does not overwrite newer progress."""
    wait_seconds: Annotated[float, Field(ge=0, le=60)] = 0
    """How long the answer may be held back for news of the lease; the extension is not."""


class HeartbeatAck(WireModel):
    """Whether the lease goes on, and whether the runner should stop its job."""

    type: Literal["HeartbeatAck"] = "HeartbeatAck"
    lease_id: LeaseId
    extend_lease: bool
    new_lease_ttl_seconds: int
    cancel_requested: bool
    cancel_deadline_seconds: int
    """Seconds left to stop and acknowledge; 0 when no cancel is requested."""
    cancel_reason: CancelReason | None = None


class Timings(LenientModel):
    """When the job ran, by the runner's clock; advisory."""

    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None


class ReportedArtifact(LenientModel):
    """An artifact that the runner stored elsewhere; the URI is untrusted."""

    type: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    uri: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class CacheReport(LenientModel):
    """What happened to one cache of the job."""

    type: Annotated[str, StringConstraints(max_length=100)] = ""
    key: Annotated[str, StringConstraints(max_length=500)] = ""
    hit: bool = False
    read_only: bool = False


class StepReport(LenientModel):
    """How one step went; an extension of Complete."""

    index: Annotated[int, Field(ge=0)]
    command: Annotated[str, StringConstraints(max_length=500)]
    exit_code: Integer | None = None
    duration_seconds: Annotated[float, Field(ge=0)]
    log_offset: Annotated[int, Field(ge=0)] = 0
    """Byte offset in the log at which the step's output begins."""


class TestFailure(LenientModel):
    """One failed test of the job's JUnit reports."""

    __test__ = False  # not a test class, whatever its name says to pytest

    name: Annotated[str, StringConstraints(max_length=500)]
    message: Annotated[str, StringConstraints(max_length=2000)] = ""


class TestSummary(LenientModel):
    """The job's JUnit reports in one row."""

    __test__ = False

    total: Annotated[int, Field(ge=0)] = 0
    failed: Annotated[int, Field(ge=0)] = 0
    skipped: Annotated[int, Field(ge=0)] = 0
    failures: Annotated[list[TestFailure], Field(max_length=50)] = []


class Complete(LenientModel):
    """The job ended. Accepted once per lease, and only while the lease is ACTIVE."""

    type: Literal["Complete"] = "Complete"
    lease_id: LeaseId
    runner_id: RunnerId
    status: CompletionStatus
    exit_code: Integer | None = None
    timings: Timings | None = None
    finished_at: Timestamp | None = None
    """Upstream's older spelling of `timings.finished_at`."""
    artifacts: Annotated[list[ReportedArtifact], Field(max_length=200)] = []
    caches: Annotated[list[CacheReport], Field(max_length=50)] = []
    steps: Annotated[list[StepReport], Field(max_length=500)] = []
    tests: TestSummary | None = None
    summary: Annotated[str, StringConstraints(max_length=2000)] = ""


class CompleteAck(WireModel):
    """The completion counts; an exact replay of it gets the same answer."""

    type: Literal["CompleteAck"] = "CompleteAck"
    lease_id: LeaseId
    accepted: bool = True


class CancelAck(LenientModel):
    """The runner stopped because it was asked to."""

    type: Literal["CancelAck"] = "CancelAck"
    lease_id: LeaseId
    runner_id: RunnerId
    final_status: Literal["CANCELED"] = "CANCELED"
    ts: Timestamp | None = None
    artifacts: Annotated[list[ReportedArtifact], Field(max_length=200)] = []
    summary: Annotated[str, StringConstraints(max_length=2000)] = ""


class HandBack(LenientModel):
    """`POST /api/v1/internal/release`: a runner that shuts down gives its job back unharmed."""

    type: Literal["HandBack"] = "HandBack"
    lease_id: LeaseId
    runner_id: RunnerId


class LogAppended(WireModel):
    """Answer to a log append: where the next chunk must begin."""

    next_offset: int


class ArtifactStored(WireModel):
    """A complete artifact."""

    id: int
    uri: str
    size_bytes: int
    sha256: str


class ArtifactProgress(WireModel):
    """Answer to one chunk of an artifact; `artifact` is set once the last chunk has arrived."""

    next_offset: int
    artifact: ArtifactStored | None = None
