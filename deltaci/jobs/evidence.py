"""Gather what a failed attempt left behind, for the retry decision and for its explanation."""

import asyncio

import structlog

from deltaci.core import Core
from deltaci.errors import NotFoundError, UnavailableError
from deltaci.failures.evidence import (
    CacheEvent,
    Evidence,
    FinalStatus,
    LogWindow,
    StepEvidence,
    TestFailure,
    failing_step,
)
from deltaci.jobs.blob_keys import log_key
from deltaci.jobs.links import log_uri
from deltaci.states import JobState
from deltaci.store.jobs import Work, artifacts_of, cache_events_of, find_work, has_passed
from deltaci.store.tables import Attempt

LOG_WINDOW_BYTES = 64 * 1024
"""How much of the failing step's output is looked at: its end, where the error is."""
LATER_OUTPUT_MAX_BYTES = 1024 * 1024
"""So much may follow the failing step; with more, the end of the whole log is looked at."""
LOG_SECONDS = 5.0
"""How long a log is waited for: a decision must not hang on the blob store."""

log = structlog.get_logger(__name__)


async def gather_evidence(core: Core, attempt_id: str) -> Evidence:
    """Read an ended attempt's facts and the end of its failing step's log.

    A log that cannot be read soon is left out. Raises NotFoundError for an unknown attempt.
    """
    async with core.database.read() as tx:
        work = await find_work(tx, attempt_id)
        if work is None:
            raise NotFoundError(f"no attempt {attempt_id!r}")
        artifacts = await artifacts_of(tx, [attempt_id])
        events = await cache_events_of(tx, attempt_id)
        passed = await has_passed(tx, work.job.inputs_hash)
    attempt, tests = work.attempt, work.attempt.tests or {}
    steps = _steps(attempt)
    return Evidence(
        job_name=work.job.name,
        status=_status(attempt.state),
        exit_code=attempt.exit_code,
        summary=attempt.summary,
        attempt_number=attempt.attempt_number,
        duration_seconds=_duration_seconds(attempt),
        cache_events=tuple(
            CacheEvent(e.cache_type, e.cache_key, e.cache_hit, e.read_only) for e in events
        ),
        artifact_types=tuple(artifact.type for artifact in artifacts),
        log=await _log_window(core, work, steps),
        steps=steps,
        tests=tuple(TestFailure(f["name"], f["message"]) for f in tests.get("failures", ())),
        tests_total=tests.get("total", 0),
        tests_failed=tests.get("failed", 0),
        passed_before=passed,
        lost_leases=attempt.lease_losses,
        log_uri=log_uri(core, work) if attempt.log_bytes else "",
    )


def _status(state: JobState) -> FinalStatus:
    if state is JobState.TIMED_OUT:
        return "TIMED_OUT"
    return "CANCELED" if state is JobState.CANCELED else "FAILED"


def _duration_seconds(attempt: Attempt) -> int:
    if attempt.started_at is None or attempt.completed_at is None:
        return 0
    return max(0, int((attempt.completed_at - attempt.started_at).total_seconds()))


def _steps(attempt: Attempt) -> tuple[StepEvidence, ...]:
    return tuple(
        StepEvidence(
            index=step["index"],
            command=step["command"],
            exit_code=step["exit_code"],
            duration_seconds=step["duration_seconds"],
            log_offset=step["log_offset"],
        )
        for step in attempt.steps
    )


async def _log_window(core: Core, work: Work, steps: tuple[StepEvidence, ...]) -> LogWindow | None:
    """Read the end of the failing step's output, if the log can be read."""
    begin, end = _failing_output(steps, work.attempt.log_bytes)
    start = max(begin, end - LOG_WINDOW_BYTES)
    try:
        async with asyncio.timeout(LOG_SECONDS):
            rest = await _read(core, work, start)
    except (UnavailableError, TimeoutError) as error:
        log.warning("log_left_out", attempt_id=work.attempt.id, error=repr(error))
        return None
    if not rest or len(rest) < work.attempt.log_bytes - start:
        return None
    lines_before = work.attempt.log_lines - rest.count(b"\n")
    text = rest[: end - start].decode(errors="replace")
    return LogWindow(text, lines_before + 1, truncated=start > begin)


def _failing_output(steps: tuple[StepEvidence, ...], log_bytes: int) -> tuple[int, int]:
    """Return where the failing step's output begins and ends in the log, both within it."""
    step = failing_step(steps)
    if step is None:
        return 0, log_bytes
    begin = min(step.log_offset, log_bytes)
    later = (other.log_offset for other in steps if other.log_offset > step.log_offset)
    end = min((log_bytes, *later))
    return begin, end if log_bytes - end <= LATER_OUTPUT_MAX_BYTES else log_bytes


async def _read(core: Core, work: Work, start: int) -> bytes:
    chunks = core.blobs.read(log_key(work), start, work.attempt.log_bytes)
    return b"".join([chunk async for chunk in chunks])
