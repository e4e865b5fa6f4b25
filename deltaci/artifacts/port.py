"""Where logs and artifacts are kept, behind ports over local disk and object stores.

A `BlobStore` keeps what is ours; an `ArtifactSource` reads what others built and put somewhere.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from deltaci.artifact_places import ArtifactPlace

READ_CHUNK_BYTES = 256 * 1024


class BlobStore(Protocol):
    """Named byte sequences that grow at their end and are otherwise immutable.

    Keys are `/`-separated, made by us from identifiers, never from a caller's text. `write_at` puts
    bytes at an offset that the database said is the current end, and any number of calls may do so
    at the same time, also from several processes: whatever came first stays. So repeating a write
    is harmless, which is how an upload survives a lost answer, and writing other bytes changes
    nothing and raises `deltaci.errors.InvalidStateError`. A reader sees every byte that `write_at`
    returned for. An unreachable store raises `deltaci.errors.UnavailableError`.
    """

    async def write_at(self, key: str, offset: int, data: bytes) -> None:
        """Store `data` at `offset`, which is where earlier writes ended."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes of [start, end) in chunks; a missing blob yields nothing."""
        ...

    async def discard(self, key: str) -> None:
        """Delete a blob that nothing refers to; one that does not exist is fine."""
        ...

    def location(self, key: str) -> str | None:
        """Return the blob's own public address (`s3://…`), or None when only we can serve it."""
        ...


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """An artifact as its store has it; size, type and bytes are of one moment."""

    size_bytes: int
    content_type: str
    """Empty when the store does not know."""
    chunks: AsyncIterator[bytes]


class ArtifactSource(Protocol):
    """Reads built artifacts. Raises `deltaci.errors.UnavailableError` for an outage."""

    def open(self, place: ArtifactPlace) -> AbstractAsyncContextManager[StoredArtifact | None]:
        """Open an artifact; None when there is none at this place."""
        ...


class InvalidSignatureError(Exception):
    """A bundle does not prove what it should; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed an artifact, as a certificate says that the trusted root stands for."""

    identity: str
    issuer: str
    predicate_type: str | None = None
    """What the signed statement states; None when the artifact itself was signed."""


class SignatureVerifier(Protocol):
    """Judges a signed bundle about an artifact: pure computation, which may take a while."""

    def verify(self, sha256: str, bundle: bytes) -> Signer:
        """Return the signer, who is one of those that count, and meant this very artifact.

        Bundles come from strangers. Raises InvalidSignatureError for anything else.
        """
        ...
