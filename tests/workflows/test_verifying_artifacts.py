"""A large artifact is read once by a worker, whoever waits for it and whatever becomes of him."""

import asyncio
import hashlib
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.verification import VerificationActivities
from deltaci.artifact_places import ArtifactPlace
from deltaci.artifacts.built import FolderArtifacts
from deltaci.artifacts.port import StoredArtifact
from deltaci.builds.claim import Claim, check_claim
from deltaci.builds.examine import Examiner
from deltaci.builds.inspect import Findings, Inspector
from deltaci.errors import InvalidArtifactError, UnavailableError
from deltaci.settings import Settings
from deltaci.store.idempotency import Keyed
from deltaci.store.tables import Product
from deltaci.testing.settable_clock import NOON
from deltaci.wire.builds import RegisterBuild
from workflows import policies
from workflows.gateway import Gateway
from workflows.worker_factory import build_worker

CONTENT = b"zipped" * 400_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
FOUND = Findings("verified", DIGEST, len(CONTENT), "application/zip")
NUMBERS = itertools.count(1)
STUCK = str(Path(__file__).with_name("stuck_reader.py"))


class Folder:
    """Artifacts of a folder, whose readings can be counted, held up, and lost."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.readings = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.lost = 0
        """Readings that never go on, as those of a worker that was killed."""

    def put(self, content: bytes) -> None:
        path = self.root / "artifacts/shop.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    @asynccontextmanager
    async def open(self, place: ArtifactPlace) -> AsyncIterator[StoredArtifact | None]:
        async with FolderArtifacts(self.root).open(place) as artifact:
            yield artifact and StoredArtifact(
                artifact.size_bytes, artifact.content_type, self._chunks(artifact)
            )

    async def _chunks(self, artifact: StoredArtifact) -> AsyncIterator[bytes]:
        self.readings += 1
        if self.readings <= self.lost:
            await asyncio.Event().wait()
        async for chunk in artifact.chunks:
            await self.gate.wait()
            yield chunk


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.put(CONTENT)
    return folder


@pytest.fixture
def client(dev_server: WorkflowEnvironment) -> Client:
    return dev_server.client


def keyed() -> Keyed:
    return Keyed("builds.register:ci", f"key {next(NUMBERS)}", "f" * 64)


def claim(**said: Any) -> Claim:
    request = RegisterBuild.model_validate(
        {
            "service": "shop",
            "version": "1.2.3",
            "artifactRef": "s3://artifacts/shop.zip",
            "git_sha": "abc",
            "git_branch": "main",
            "ci_provider": "github",
            "ci_run_id": "1",
            "built_at": "2026-02-27T00:00:00Z",
        }
        | said
    )
    product = Product(id="shop", artifact_sources=[], created_at=NOON)
    return check_claim(request, product, Settings())


@asynccontextmanager
async def inspecting(client: Client, folder: Folder, **chosen: Any) -> AsyncIterator[Inspector]:
    """An API's inspector that reads nothing itself, and a worker that does."""
    settings = Settings(artifact_inline_max_bytes=0, **chosen)
    queue = f"verification-{next(NUMBERS)}"
    reading = VerificationActivities(Examiner(folder, settings)).verify_artifact
    async with build_worker(client, queue, [reading]):
        yield Inspector(Examiner(folder, settings), settings, Gateway(client, queue))


async def test_a_worker_finds_what_a_request_would(client: Client, folder: Folder) -> None:
    async with inspecting(client, folder) as inspector:
        assert await inspector.inspect(claim(sha256=DIGEST), keyed()) == FOUND

    assert folder.readings == 1


async def test_requests_of_one_key_wait_for_one_reading(client: Client, folder: Folder) -> None:
    folder.gate.clear()
    key = keyed()
    async with inspecting(client, folder, artifact_verification_seconds=1) as inspector:
        for _ in range(2):
            with pytest.raises(UnavailableError, match="still being looked at"):
                await inspector.inspect(claim(), key)

        folder.gate.set()
        found = await asyncio.gather(*(inspector.inspect(claim(), key) for _ in range(5)))
        later = await inspector.inspect(claim(), key)

    assert [*found, later] == [FOUND] * 6
    assert folder.readings == 1


async def test_a_refused_artifact_is_read_again_once_it_was_mended(
    client: Client, folder: Folder
) -> None:
    folder.put(b"another")
    key = keyed()
    async with inspecting(client, folder) as inspector:
        with pytest.raises(InvalidArtifactError, match="sha256 is not what the request says"):
            await inspector.inspect(claim(sha256=DIGEST), key)
        folder.put(CONTENT)

        assert await inspector.inspect(claim(sha256=DIGEST), key) == FOUND

    assert folder.readings == 2


async def test_a_worker_that_hangs_is_replaced(
    client: Client, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "VERIFY_SILENCE", policies.VERIFY_SILENCE / 30)
    folder.lost = 1

    async with inspecting(client, folder) as inspector:
        assert await inspector.inspect(claim(), keyed()) == FOUND

    assert folder.readings == 2


async def test_a_worker_that_is_killed_is_replaced(
    client: Client, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "VERIFY_SILENCE", policies.VERIFY_SILENCE / 30)
    settings, queue = Settings(artifact_inline_max_bytes=0), f"verification-{next(NUMBERS)}"
    inspector = Inspector(Examiner(folder, settings), settings, Gateway(client, queue))
    address = client.service_client.config.target_host
    victim = await asyncio.create_subprocess_exec(
        sys.executable, STUCK, address, queue, stdout=asyncio.subprocess.PIPE
    )
    assert victim.stdout is not None

    async with build_worker(client, queue, []):
        waiting = asyncio.create_task(inspector.inspect(claim(), keyed()))
        assert await victim.stdout.readline() == b"reading\n"
        victim.kill()
        await victim.wait()

        reading = VerificationActivities(Examiner(folder, settings)).verify_artifact
        async with Worker(client, task_queue=queue, activities=[reading]):
            assert await waiting == FOUND

    assert folder.readings == 1


async def test_a_store_that_is_away_for_a_moment_is_waited_for(
    client: Client, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [UnavailableError("the store is away")]
    opened = folder.open

    def open_later(place: ArtifactPlace) -> Any:
        if folder.readings == 0 and away:
            raise away.pop()
        return opened(place)

    async with inspecting(client, folder) as inspector:
        monkeypatch.setattr(inspector, "_examiner", NeverReads())
        monkeypatch.setattr(folder, "open", open_later)
        assert await inspector.inspect(claim(), keyed()) == FOUND

    assert away == []


class NeverReads:
    """Takes every artifact for a large one."""

    async def examine(self, *_arguments: Any, **_named: Any) -> None:
        return None


async def test_small_artifacts_are_read_in_the_request(folder: Folder) -> None:
    settings = Settings(artifact_inline_max_bytes=len(CONTENT))
    inspector = Inspector(Examiner(folder, settings), settings, Absent())

    assert await inspector.inspect(claim(), keyed()) == FOUND


async def test_without_temporal_a_large_one_must_wait(folder: Folder) -> None:
    settings = Settings(artifact_inline_max_bytes=len(CONTENT) - 1)
    inspector = Inspector(Examiner(folder, settings), settings, Absent())

    with pytest.raises(UnavailableError, match="Temporal"):
        await inspector.inspect(claim(), keyed())
    assert folder.readings == 0


class Absent:
    """Temporal, when it is away."""

    async def verify_artifact(self, workflow_id: str, order: object) -> Any:
        raise UnavailableError("Temporal cannot be reached")


async def test_a_worker_that_may_look_at_nothing_leaves_it_to_others() -> None:
    with pytest.raises(UnavailableError, match="settings"):
        await VerificationActivities(None).verify_artifact(None)  # type: ignore[arg-type] # not looked at
