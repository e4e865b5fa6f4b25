"""Look at an artifact before its build is registered: it is there, and it is what was claimed."""

import asyncio
import hashlib
from dataclasses import dataclass

from deltaci.admission import Admission
from deltaci.artifact_places import listed
from deltaci.artifacts.port import ArtifactSource, StoredArtifact
from deltaci.builds.claim import Claim
from deltaci.errors import InvalidArtifactError
from deltaci.settings import Settings


@dataclass(frozen=True, slots=True)
class Findings:
    """What is kept of an artifact: what was found, or what was claimed when nobody looked."""

    verification: str
    sha256: str | None
    size_bytes: int | None
    content_type: str | None


def unseen(claim: Claim) -> Findings:
    """Take a claim as it is."""
    request = claim.request
    return Findings("off", claim.sha256, request.sizeBytes, request.contentType)


class Inspector:
    """Looks at artifacts: a few at once, each for a limited time."""

    def __init__(self, source: ArtifactSource, settings: Settings) -> None:
        self._source = source
        self._seconds = settings.artifact_verification_seconds
        self._max_bytes = settings.artifact_registration_max_bytes
        self._types = frozenset(listed(settings.artifact_content_types))
        self._room = Admission(settings.artifact_verifications_max_count, "looking at artifacts")

    async def inspect(self, claim: Claim) -> Findings:
        """Read the whole artifact once.

        Raises InvalidArtifactError when it is not what was claimed, and UnavailableError when
        looking takes too long or too many are looked at: the same request may be sent again.
        """
        async with self._room.enter(self._seconds), self._source.open(claim.place) as artifact:
            if artifact is None:
                raise InvalidArtifactError("there is no artifact at artifactRef")
            self._check_outside(artifact)
            found = Findings(
                "verified",
                await self._digest(artifact),
                artifact.size_bytes,
                artifact.content_type,
            )
        _compare(claim, found)
        return found

    def _check_outside(self, artifact: StoredArtifact) -> None:
        if artifact.size_bytes > self._max_bytes:
            raise InvalidArtifactError(
                f"the artifact is larger than {self._max_bytes} bytes", max_bytes=self._max_bytes
            )
        if artifact.content_type not in self._types:
            raise InvalidArtifactError(
                f"the artifact's type is not one of {', '.join(sorted(self._types))}"
            )

    async def _digest(self, artifact: StoredArtifact) -> str:
        digest, size = hashlib.sha256(), 0
        async for chunk in artifact.chunks:
            size += len(chunk)
            if size > artifact.size_bytes:
                break
            await asyncio.to_thread(digest.update, chunk)
        if size != artifact.size_bytes:
            raise InvalidArtifactError("the artifact changed while it was looked at")
        return digest.hexdigest()


def _compare(claim: Claim, found: Findings) -> None:
    request = claim.request
    for what, said, is_so in (
        ("sha256", claim.sha256, found.sha256),
        ("sizeBytes", request.sizeBytes, found.size_bytes),
        ("contentType", request.contentType, found.content_type),
    ):
        if said is not None and said != is_so:
            raise InvalidArtifactError(f"the artifact's {what} is not what the request says")
