"""What a failed attempt left behind, as the analysis sees it. All text in it is hostile."""

from dataclasses import dataclass
from typing import Literal

FinalStatus = Literal["FAILED", "TIMED_OUT", "CANCELED"]


@dataclass(frozen=True, slots=True)
class CacheEvent:
    """What happened to one cache of the job."""

    type: str
    key: str
    hit: bool
    read_only: bool


@dataclass(frozen=True, slots=True)
class LogWindow:
    """The part of the log that the caller read: the tail of the failing step's output."""

    text: str
    first_line_number: int = 1
    """Where `text` begins in the whole log, counted from 1."""
    truncated: bool = False
    """Whether output of the step before `text` was left out; its first line may be a fragment."""


@dataclass(frozen=True, slots=True)
class StepEvidence:
    """How one step went. `exit_code` is None when it did not end by itself."""

    index: int
    command: str
    exit_code: int | None = None
    duration_seconds: float = 0.0
    log_offset: int = 0
    """Byte offset in the log at which the step's output begins."""


@dataclass(frozen=True, slots=True)
class TestFailure:
    """One failed test of the job's JUnit reports."""

    __test__ = False  # not a test class, whatever its name says to pytest

    name: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one failed attempt."""

    job_name: str
    status: FinalStatus
    exit_code: int | None = None
    summary: str = ""
    """What the runner said. Ours says `step 2 'pytest' failed: exit status 1`, `step 2 'pytest'
    timed out after 60s` or `step 2 'pytest' killed by signal 9`; others say anything."""
    attempt_number: int = 1
    duration_seconds: int = 0
    cache_events: tuple[CacheEvent, ...] = ()
    artifact_types: tuple[str, ...] = ()
    log: LogWindow | None = None
    steps: tuple[StepEvidence, ...] = ()
    tests: tuple[TestFailure, ...] = ()
    tests_total: int = 0
    tests_failed: int = 0
    passed_before: bool = False
    """Whether the same job on identical inputs has also passed, before or since."""
    lost_leases: int = 0
    """How often a runner that held this attempt went silent."""
    log_uri: str = ""


def failing_step(steps: tuple[StepEvidence, ...]) -> StepEvidence | None:
    """The first step that did not end with exit code 0: the one whose log output counts."""
    return next((step for step in steps if step.exit_code != 0), None)
