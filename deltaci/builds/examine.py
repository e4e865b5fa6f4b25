"""Read an artifact: it is there, and it is what was said of it."""

import asyncio
import hashlib
from collections.abc import Callable

from deltaci.artifact_places import listed, parse_artifact
from deltaci.artifacts.port import ArtifactSource, StoredArtifact
from deltaci.builds.signature import SignatureCheck
from deltaci.errors import InvalidArtifactError
from deltaci.settings import Settings
from deltaci.wire.orchestration import ArtifactFacts, VerificationOrder

Beat = Callable[[], None]


class Examiner:
    """Reads artifacts where they are."""

    def __init__(
        self, source: ArtifactSource, settings: Settings, signatures: SignatureCheck | None = None
    ) -> None:
        self._source = source
        self._signatures = signatures
        self._max_bytes = settings.artifact_registration_max_bytes
        self._types = frozenset(listed(settings.artifact_content_types))

    async def examine(
        self, order: VerificationOrder, beat: Beat, *, at_most_bytes: int | None = None
    ) -> ArtifactFacts | None:
        """Read the whole artifact once; None, unread, when it has more than `at_most_bytes`.

        `beat` is called after each piece. Raises InvalidArtifactError when the artifact is not what
        the order says, and UnavailableError for an outage of its store.
        """
        place = parse_artifact(order.artifact_ref)
        async with self._source.open(place) as artifact:
            if artifact is None:
                raise InvalidArtifactError("there is no artifact at artifactRef")
            self._check_outside(artifact)
            if at_most_bytes is not None and artifact.size_bytes > at_most_bytes:
                return None
            found = ArtifactFacts(
                sha256=await _digest(artifact, beat),
                size_bytes=artifact.size_bytes,
                content_type=artifact.content_type,
            )
        _compare(order, found)
        if self._signatures is None:
            return found
        signature = await self._signatures.check(place, found.sha256)
        return found.model_copy(update={"signature": signature.model_dump(mode="json")})

    def _check_outside(self, artifact: StoredArtifact) -> None:
        if artifact.size_bytes > self._max_bytes:
            raise InvalidArtifactError(
                f"the artifact is larger than {self._max_bytes} bytes", max_bytes=self._max_bytes
            )
        if artifact.content_type not in self._types:
            raise InvalidArtifactError(
                f"the artifact's type is not one of {', '.join(sorted(self._types))}"
            )


async def _digest(artifact: StoredArtifact, beat: Beat) -> str:
    digest, size = hashlib.sha256(), 0
    async for chunk in artifact.chunks:
        size += len(chunk)
        if size > artifact.size_bytes:
            break
        await asyncio.to_thread(digest.update, chunk)
        beat()
    if size != artifact.size_bytes:
        raise InvalidArtifactError("the artifact changed while it was looked at")
    return digest.hexdigest()


def _compare(order: VerificationOrder, found: ArtifactFacts) -> None:
    for what, said, is_so in (
        ("sha256", order.sha256, found.sha256),
        ("sizeBytes", order.size_bytes, found.size_bytes),
        ("contentType", order.content_type, found.content_type),
    ):
        if said is not None and said != is_so:
            raise InvalidArtifactError(f"the artifact's {what} is not what the request says")
