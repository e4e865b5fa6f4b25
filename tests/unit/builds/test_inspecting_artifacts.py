"""An artifact is what its build says, wherever it is kept: in a folder, or in an object store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore
from pydantic import ValidationError

from deltaci.artifact_places import ArtifactPlace
from deltaci.artifacts.built import FolderArtifacts, ObjectArtifacts
from deltaci.artifacts.port import ArtifactSource, StoredArtifact
from deltaci.bootstrap import build_inspector
from deltaci.builds.claim import Claim, check_claim
from deltaci.builds.examine import Examiner
from deltaci.builds.inspect import Findings, Inspector
from deltaci.errors import InvalidArtifactError, UnavailableError
from deltaci.settings import Settings
from deltaci.store.idempotency import Keyed
from deltaci.store.tables import Product
from deltaci.testing.settable_clock import NOON
from deltaci.wire.builds import RegisterBuild

CONTENT = b"zipped" * 500_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
REFERENCE = "s3://artifacts/shop/shop-1.2.3.zip"
MAX_BYTES = len(CONTENT)

KEYED = Keyed("builds.register", "a-key", "f" * 64)

Kept = tuple[ArtifactSource, Callable[[bytes], Awaitable[None]]]


def in_a_folder(folder: Path) -> Kept:
    async def put(content: bytes) -> None:
        path = folder / "artifacts/shop/shop-1.2.3.zip"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)

    return FolderArtifacts(folder), put


def in_objects(_folder: Path) -> Kept:
    store = MemoryStore()

    async def put(content: bytes) -> None:
        attributes = {"Content-Type": "application/zip"}
        await store.put_async("shop/shop-1.2.3.zip", content, attributes=attributes)

    return ObjectArtifacts({"s3://artifacts": store}.__getitem__), put


@pytest.fixture(params=[in_a_folder, in_objects])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    return request.param(tmp_path)  # type: ignore[no-any-return] # one of the above


def settings(**changes: Any) -> Settings:
    return Settings(artifact_registration_max_bytes=MAX_BYTES, **changes)


def inspector(source: ArtifactSource, **changes: Any) -> Inspector:
    chosen = settings(**changes)
    return Inspector(Examiner(source, chosen), chosen)


def claim(**said: Any) -> Claim:
    request = RegisterBuild.model_validate(
        {
            "service": "shop",
            "version": "1.2.3",
            "artifactRef": REFERENCE,
            "git_sha": "abc",
            "git_branch": "main",
            "ci_provider": "github",
            "ci_run_id": "1",
            "built_at": "2026-02-27T00:00:00Z",
        }
        | said
    )
    product = Product(id="shop", artifact_sources=[], created_at=NOON)
    return check_claim(request, product, settings())


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sha256": DIGEST, "sizeBytes": len(CONTENT), "contentType": "application/zip"},
        {"checksum_sha256": DIGEST.upper()},
    ],
)
async def test_what_is_found_is_kept(kept: Kept, said: dict[str, Any]) -> None:
    source, put = kept
    await put(CONTENT)

    found = await inspector(source).inspect(claim(**said), KEYED)

    assert found == Findings("verified", DIGEST, len(CONTENT), "application/zip")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"checksum_sha256": "0" * 64}, "sha256"),
        ({"sizeBytes": 1}, "sizeBytes"),
        ({"contentType": "application/gzip"}, "contentType"),
    ],
)
async def test_a_false_claim_is_refused(kept: Kept, said: dict[str, Any], problem: str) -> None:
    source, put = kept
    await put(CONTENT)

    with pytest.raises(InvalidArtifactError, match=f"{problem} is not what the request says"):
        await inspector(source).inspect(claim(**said), KEYED)


async def test_what_is_not_there_is_refused(kept: Kept) -> None:
    with pytest.raises(InvalidArtifactError, match="no artifact"):
        await inspector(kept[0]).inspect(claim(), KEYED)


async def test_what_is_too_large_is_not_read(kept: Kept) -> None:
    source, put = kept
    await put(CONTENT + b"!")

    with pytest.raises(InvalidArtifactError, match="larger than"):
        await inspector(source).inspect(claim(), KEYED)


async def test_what_is_of_another_type_is_refused(kept: Kept) -> None:
    source, put = kept
    await put(CONTENT)
    strict = inspector(source, artifact_content_types="application/gzip")

    with pytest.raises(InvalidArtifactError, match="type is not one of application/gzip"):
        await strict.inspect(claim(), KEYED)


async def test_a_link_that_leads_out_of_the_folder_leads_to_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "secret.zip"
    outside.write_bytes(b"secret")
    root = tmp_path / "root/artifacts/shop"
    root.mkdir(parents=True)
    (root / "shop-1.2.3.zip").symlink_to(outside)

    with pytest.raises(InvalidArtifactError, match="no artifact"):
        await inspector(FolderArtifacts(tmp_path / "root")).inspect(claim(), KEYED)


@pytest.mark.parametrize("name", ["loop.zip", "loop.zip/shop.zip", f"{'a' * 300}.zip"])
async def test_a_name_that_leads_nowhere_in_the_folder_is_refused(
    tmp_path: Path, name: str
) -> None:
    """It is the caller's mistake: no outage, which would be asked about again, and no crash."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / "loop.zip").symlink_to("loop.zip")

    with pytest.raises(InvalidArtifactError, match="no artifact"):
        await inspector(FolderArtifacts(tmp_path)).inspect(
            claim(artifactRef=f"s3://artifacts/{name}"), KEYED
        )


class SlowSource:
    """A store that never ends an answer, until it is told to."""

    def __init__(self, *, growing: bool = False) -> None:
        self.reading = asyncio.Event()
        self._growing = growing

    @asynccontextmanager
    async def open(self, place: ArtifactPlace) -> AsyncIterator[StoredArtifact | None]:
        assert place.bucket == "artifacts"
        yield StoredArtifact(1, "application/zip", self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        while self._growing:
            yield b"more"
        self.reading.set()
        await asyncio.Event().wait()
        yield b""


async def test_a_slow_store_is_waited_for_within_bounds() -> None:
    hasty = settings().model_copy(update={"artifact_verification_seconds": 0.01})
    waiting = Inspector(Examiner(SlowSource(), hasty), hasty)

    with pytest.raises(UnavailableError, match=r"took longer than 0\.01 s"):
        await waiting.inspect(claim(), KEYED)


async def test_an_object_that_grows_does_not_keep_us() -> None:
    with pytest.raises(InvalidArtifactError, match="changed while"):
        await inspector(SlowSource(growing=True)).inspect(claim(), KEYED)


async def test_only_a_few_are_looked_at_at_once() -> None:
    source = SlowSource()
    narrow = inspector(source, artifact_verifications_max_count=1)
    first = asyncio.create_task(narrow.inspect(claim(), KEYED))
    await source.reading.wait()

    with pytest.raises(UnavailableError, match="too much"):
        await narrow.inspect(claim(), KEYED)

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_a_place_that_no_store_is_known_for_is_an_outage() -> None:
    source = ObjectArtifacts()

    with pytest.raises(UnavailableError):
        async with source.open(ArtifactPlace("unheard-of", "artifacts", ("shop.zip",))):
            pass


class BrokenStore:
    """An object store that lets nobody in."""

    async def get_async(self, _key: str) -> None:
        raise PermissionError


async def test_a_store_that_fails_is_an_outage() -> None:
    source = ObjectArtifacts(lambda _url: BrokenStore())  # type: ignore[arg-type,return-value] # stands for one

    with pytest.raises(UnavailableError):
        await inspector(source).inspect(claim(), KEYED)


@pytest.mark.parametrize(
    ("chosen", "looks"),
    [
        ({}, False),
        ({"artifact_verification": "filesystem", "artifact_root": "artifacts"}, True),
        ({"artifact_verification": "object_store", "artifact_sources": "s3://artifacts"}, True),
    ],
)
def test_settings_choose_whether_to_look(chosen: dict[str, Any], looks: bool) -> None:
    assert (build_inspector(Settings(**chosen)) is not None) is looks


@pytest.mark.parametrize(
    "wrong",
    [
        {"artifact_verification": "filesystem"},
        {"artifact_verification": "object_store"},
        {"artifact_sources": "s3://artifacts,nowhere"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"artifact_(root|sources)"):
        Settings(**wrong)
