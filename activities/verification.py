"""Read artifacts that are too large to be read within a request."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from deltaci.builds.examine import Examiner
from deltaci.errors import InvalidArtifactError, UnavailableError
from deltaci.wire.orchestration import ArtifactFacts, VerificationOrder


class VerificationActivities:
    """Reads artifacts with the worker's own access to their store."""

    def __init__(self, examiner: Examiner | None) -> None:
        self._examiner = examiner

    @activity.defn
    async def verify_artifact(self, order: VerificationOrder) -> ArtifactFacts:
        """Read the whole artifact, with a sign of life after each piece.

        A refused artifact is final; it is only read again when it is asked for again.
        """
        if self._examiner is None:
            raise UnavailableError("this worker's settings let it look at no artifacts")
        try:
            found = await self._examiner.examine(order, activity.heartbeat)
        except InvalidArtifactError as error:
            raise ApplicationError(
                error.message, error.details, type=InvalidArtifactError.code, non_retryable=True
            ) from error
        assert found is not None  # noqa: S101 - no size was left out
        return found
