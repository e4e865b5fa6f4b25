"""The reading of one large artifact, which outlives the request that asked for it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.verification import VerificationActivities
    from deltaci.wire.orchestration import ArtifactFacts, VerificationOrder
    from workflows import policies


@workflow.defn(name="VerifyArtifact")
class VerifyArtifactWorkflow:
    """One artifact, read once for everybody who asks under the same id."""

    @workflow.run
    async def run(self, order: VerificationOrder) -> ArtifactFacts:
        """Have the artifact read; fails when it is refused, so that it may be asked for again."""
        return await workflow.execute_activity_method(
            VerificationActivities.verify_artifact,
            order,
            start_to_close_timeout=policies.VERIFY_TIMEOUT,
            schedule_to_close_timeout=policies.VERIFY_GIVE_UP,
            heartbeat_timeout=policies.VERIFY_SILENCE,
            retry_policy=policies.VERIFY_RETRY,
            summary="read the artifact",
        )
