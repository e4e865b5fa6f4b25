"""What is known of a failed attempt, also when its log is large, slow or gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deltaci.artifacts.local import LocalBlobs
from deltaci.core import Core
from deltaci.errors import UnavailableError
from deltaci.failures.evidence import Evidence
from deltaci.jobs import evidence
from deltaci.jobs.evidence import LATER_OUTPUT_MAX_BYTES, LOG_WINDOW_BYTES, gather_evidence
from deltaci.jobs.settle import settle_attempt
from deltaci.states import JobState
from deltaci.testing.factories import Factory

APPEND_BYTES = 1_000_000


class MeteredBlobs(LocalBlobs):
    """Counts what is read; fails or hangs on wish."""

    bytes_read = 0
    broken = False
    hangs = False

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        if self.broken:
            raise UnavailableError("the blob store cannot be reached")
        if self.hangs:
            await asyncio.Event().wait()
        async for chunk in super().read(key, start, end):
            self.bytes_read += len(chunk)
            yield chunk


@pytest.fixture
def blobs(tmp_path: Path) -> MeteredBlobs:
    return MeteredBlobs(tmp_path / "blobs")


@pytest.fixture
def with_blobs(factory: Factory, core: Core, blobs: MeteredBlobs) -> Factory:
    return replace(factory, core=replace(core, blobs=blobs))


def step(index: int, log_offset: int, exit_code: int) -> dict[str, Any]:
    return {
        "index": index,
        "command": f"step-{index}",
        "exit_code": exit_code,
        "duration_seconds": 1.0,
        "log_offset": log_offset,
    }


async def failed(factory: Factory, log: bytes, *steps: dict[str, Any]) -> str:
    """Fail a job with this log, and return its attempt."""
    holder = await factory.running()
    for offset in range(0, len(log), APPEND_BYTES):
        await holder.log(offset, log[offset : offset + APPEND_BYTES])
    await holder.complete("FAILED", exit_code=1, steps=list(steps))
    return (await factory.rows.attempt(holder.granted.run_id)).id


async def evidence_of(factory: Factory, log: bytes, *steps: dict[str, Any]) -> Evidence:
    return await gather_evidence(factory.core, await failed(factory, log, *steps))


async def test_the_failing_steps_output_is_shown_with_its_line_numbers(with_blobs: Factory) -> None:
    first, second, third = b"a\nb\n", b"c\nboom\n", b"cleaned\nup\n"
    ends = [0, len(first), len(first + second)]

    found = await evidence_of(
        with_blobs, first + second + third, *map(step, range(3), ends, (0, 1, 0))
    )

    assert found.log is not None
    assert (found.log.text, found.log.first_line_number) == ("c\nboom\n", 3)
    assert not found.log.truncated


async def test_only_the_end_of_a_large_log_is_read(
    with_blobs: Factory, blobs: MeteredBlobs
) -> None:
    lines = 300_000

    found = await evidence_of(with_blobs, b"noise, noise\n" * lines + b"boom\n", step(0, 0, 1))

    assert blobs.bytes_read <= LOG_WINDOW_BYTES
    assert found.log is not None
    assert found.log.truncated
    window = found.log.text.splitlines()
    assert (window[-1], found.log.first_line_number + len(window) - 1) == ("boom", lines + 1)


async def test_what_follows_the_failing_step_is_bounded(
    with_blobs: Factory, blobs: MeteredBlobs
) -> None:
    after = b"much more\n" * (LATER_OUTPUT_MAX_BYTES // 5)

    found = await evidence_of(with_blobs, b"boom\n" + after, step(0, 0, 1), step(1, 5, 0))

    assert blobs.bytes_read <= LOG_WINDOW_BYTES
    assert found.log is not None
    assert found.log.text.endswith("much more\n")


async def test_a_log_that_cannot_be_read_is_left_out(
    with_blobs: Factory, blobs: MeteredBlobs
) -> None:
    blobs.broken = True

    found = await evidence_of(with_blobs, b"boom\n", step(0, 0, 1))

    assert found.log is None
    assert found.log_uri


async def test_a_log_that_is_gone_is_left_out(with_blobs: Factory, tmp_path: Path) -> None:
    attempt_id = await failed(with_blobs, b"boom\n", step(0, 0, 1))
    elsewhere = replace(with_blobs.core, blobs=LocalBlobs(tmp_path / "empty"))

    assert (await gather_evidence(elsewhere, attempt_id)).log is None


async def test_the_retry_decision_does_not_wait_for_a_slow_log(
    with_blobs: Factory, blobs: MeteredBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LOG_SECONDS", 0.05)
    attempt_id = await failed(with_blobs, b"boom\n", step(0, 0, 1))
    blobs.hangs = True

    settled = await asyncio.wait_for(settle_attempt(with_blobs.core, attempt_id), 5)

    assert settled.state is JobState.FAILED
