"""What registering needs from the orchestrator; `workflows.gateway` provides it over Temporal."""

from typing import Protocol

from deltaci.wire.orchestration import ArtifactFacts, VerificationOrder


class Verifications(Protocol):
    """Has artifacts read by a worker, which outlives the request that asked for it."""

    async def verify_artifact(self, workflow_id: str, order: VerificationOrder) -> ArtifactFacts:
        """Wait until the artifact was read; asking again under one id waits for the same reading.

        Whoever stops waiting stops nothing. A refused artifact is read anew when asked for again.
        Raises InvalidArtifactError when it is not what the order says, and UnavailableError.
        """
        ...
