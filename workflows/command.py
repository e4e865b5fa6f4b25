"""The life of a command in a comment: one look at it, repeated until the forge has answered."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.commands import CommandActivities
    from deltaci.wire.orchestration import CommandRef
    from workflows import policies


@workflow.defn(name="Command")
class CommandWorkflow:
    """One comment that may be a command."""

    @workflow.run
    async def run(self, command: CommandRef) -> None:
        """Carry it out; what a person asked for long ago is not done any more."""
        await workflow.execute_activity_method(
            CommandActivities.obey_command,
            command,
            task_queue=policies.forge_queue(workflow.info().task_queue),
            start_to_close_timeout=policies.COMMAND_TIMEOUT,
            schedule_to_close_timeout=policies.COMMAND_GIVE_UP,
            heartbeat_timeout=timedelta(seconds=command.heartbeat_timeout_seconds),
            retry_policy=policies.COMMAND_RETRY,
            summary="carry out a comment's command",
        )
