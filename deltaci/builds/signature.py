"""Find what is signed about an artifact, in the bundle that lies beside it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from deltaci.artifact_places import ArtifactPlace
from deltaci.artifacts.port import (
    ArtifactSource,
    InvalidSignatureError,
    SignatureVerifier,
    StoredArtifact,
)
from deltaci.errors import InvalidArtifactError
from deltaci.wire.provenance import ProvenSignature, Signature

BUNDLE, STATEMENTS = ".sigstore.json", ".intoto.jsonl"
BUNDLE_MAX_BYTES = 1_048_576
STATEMENTS_MAX = 20
"""Lines of a file of statements that are looked at."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Looks for a bundle, and has it judged; where one is required, nothing less will do."""

    source: ArtifactSource
    verifier: SignatureVerifier
    is_required: bool

    async def check(self, place: ArtifactPlace, sha256: str) -> ProvenSignature:
        """Return what is signed about the artifact of this digest.

        Raises InvalidArtifactError when a valid signature is required and there is none, and
        UnavailableError for an outage.
        """
        found = await self._found(place, sha256)
        if self.is_required and found.state is not Signature.VERIFIED:
            why = found.reason or f"there is no {place.segments[-1]}{BUNDLE} beside it"
            raise InvalidArtifactError(f"the artifact has no valid signature: {why}")
        return found

    async def _found(self, place: ArtifactPlace, sha256: str) -> ProvenSignature:
        reason = None
        for suffix in (BUNDLE, STATEMENTS):
            async with self.source.open(_beside(place, suffix)) as file:
                if file is None:
                    continue
                try:
                    content = await _content(file)
                    return await asyncio.to_thread(self._judged, sha256, content, suffix)
                except InvalidSignatureError as error:
                    reason = f"{suffix.removeprefix('.')}: {error}"
        if reason is None:
            return ProvenSignature(state=Signature.ABSENT)
        return ProvenSignature(state=Signature.FAILED, reason=reason)

    def _judged(self, sha256: str, content: bytes, suffix: str) -> ProvenSignature:
        """Let the first bundle count that proves something; if none does, the last says why."""
        lines = content.splitlines() if suffix == STATEMENTS else [content]
        bundles = [line for line in lines if line.strip()][:STATEMENTS_MAX]
        refused = InvalidSignatureError("it is empty")
        for bundle in bundles:
            try:
                signer = self.verifier.verify(sha256, bundle)
            except InvalidSignatureError as error:
                refused = error
                continue
            return ProvenSignature(
                state=Signature.VERIFIED,
                identity=signer.identity,
                issuer=signer.issuer,
                predicate_type=signer.predicate_type,
            )
        raise refused


def _beside(place: ArtifactPlace, suffix: str) -> ArtifactPlace:
    *folders, name = place.segments
    return replace(place, segments=(*folders, name + suffix))


async def _content(file: StoredArtifact) -> bytes:
    if file.size_bytes > BUNDLE_MAX_BYTES:
        raise InvalidSignatureError(f"it is larger than {BUNDLE_MAX_BYTES} bytes")
    return b"".join([chunk async for chunk in _bounded(file.chunks)])


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Let no file that grows meanwhile fill the memory."""
    left = BUNDLE_MAX_BYTES
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise InvalidSignatureError(f"it is larger than {BUNDLE_MAX_BYTES} bytes")
        yield chunk
