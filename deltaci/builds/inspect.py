"""Look at an artifact before its build is registered: here if it is small, else by a worker."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from deltaci.admission import Admission
from deltaci.builds.claim import Claim
from deltaci.builds.examine import Examiner
from deltaci.builds.ports import Verifications
from deltaci.errors import UnavailableError
from deltaci.ids import workflow_id
from deltaci.settings import Settings
from deltaci.store.idempotency import Keyed
from deltaci.wire.orchestration import ArtifactFacts, VerificationOrder

STILL_LOOKED_AT = "the artifact is still being looked at; send the same request again"


@dataclass(frozen=True, slots=True)
class Findings:
    """What is kept of an artifact: what was found, or what was claimed when nobody looked."""

    verification: str
    sha256: str | None
    size_bytes: int | None
    content_type: str | None
    signature: Mapping[str, str] | None = None
    """What is signed about it, when somebody looked for that."""


def unseen(claim: Claim) -> Findings:
    """Take a claim as it is."""
    request = claim.request
    return Findings("off", claim.sha256, request.sizeBytes, request.contentType)


class Inspector:
    """Looks at artifacts: a few at once, each for a limited time.

    What is too large to be read within a request goes to `elsewhere`, and is waited for; without
    one, everything is read here.
    """

    def __init__(
        self, examiner: Examiner, settings: Settings, elsewhere: Verifications | None = None
    ) -> None:
        self._examiner = examiner
        self._elsewhere = elsewhere
        self._seconds = settings.artifact_verification_seconds
        self._inline_max_bytes = settings.artifact_inline_max_bytes
        self._room = Admission(settings.artifact_verifications_max_count, "looking at artifacts")

    async def inspect(self, claim: Claim, keyed: Keyed) -> Findings:
        """Have the whole artifact read once, however often the request of this key is repeated.

        Raises InvalidArtifactError when it is not what was claimed, and UnavailableError when
        looking takes too long or too many are looked at: the same request may be sent again.
        """
        order = _order(claim)
        at_most = None if self._elsewhere is None else self._inline_max_bytes
        async with self._room.enter(self._seconds):
            found = await self._examiner.examine(order, lambda: None, at_most_bytes=at_most)
        if found is None:
            found = await self._wait(order, keyed)
        facts = (found.sha256, found.size_bytes, found.content_type, found.signature)
        return Findings("verified", *facts)

    async def _wait(self, order: VerificationOrder, keyed: Keyed) -> ArtifactFacts:
        assert self._elsewhere is not None  # noqa: S101 - else it was read here
        name = workflow_id("verification", keyed.scope, keyed.key, keyed.fingerprint)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._elsewhere.verify_artifact(name, order)
        except TimeoutError as error:
            raise UnavailableError(STILL_LOOKED_AT) from error


def _order(claim: Claim) -> VerificationOrder:
    request = claim.request
    return VerificationOrder(
        artifact_ref=request.artifactRef,
        sha256=claim.sha256,
        size_bytes=request.sizeBytes,
        content_type=request.contentType,
    )
