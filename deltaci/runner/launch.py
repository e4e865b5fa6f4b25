"""Starting one process of a job and waiting for it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deltaci.runner.output import OutputPipe
from deltaci.runner.process_tree import ProcessTree


@dataclass(frozen=True, slots=True)
class Launch:
    """What to execute: an argument list (never a shell line), its folder and whole environment."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()


async def run_process(launch: Launch, output: OutputPipe, tree: ProcessTree) -> int:
    """Run to the end of the main process and return its code, negative for a signal.

    The process leads a session of its own. Processes that it left behind keep running until the
    tree is ended. Cancelling this leaves the process to the tree, too.
    """
    process = await asyncio.create_subprocess_exec(
        *launch.arguments,
        cwd=launch.folder,
        env=dict(launch.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output.write_end,
        stderr=output.write_end,
        start_new_session=True,
        pass_fds=tuple(launch.pass_fds),
    )
    tree.add(process.pid)
    code = await process.wait()
    output.drain()
    return code
