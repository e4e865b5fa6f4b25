"""Activities that carry out commands in comments."""

from temporalio import activity

from activities.forge_failures import told_by_forge
from activities.signs_of_life import signs_of_life
from deltaci.commands.obey import obey_command
from deltaci.core import Core
from deltaci.runs.ports import CommitSource
from deltaci.vcs.port import Forges
from deltaci.wire.orchestration import CommandRef


class CommandActivities:
    """Asks forges who may do what, and does it."""

    def __init__(self, core: Core, forges: Forges, commits: CommitSource) -> None:
        self._core = core
        self._forges = forges
        self._commits = commits

    @activity.defn
    async def obey_command(self, command: CommandRef) -> None:
        """Do what the comment asks for, if its author may."""
        async with signs_of_life():
            with told_by_forge():
                await obey_command(self._core, self._forges, self._commits, command.delivery_id)
