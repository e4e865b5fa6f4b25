"""Asks a program on this machine whether it works."""

import asyncio
from collections.abc import Mapping
from subprocess import DEVNULL

_PROBE_SECONDS = 10.0


async def answers(*arguments: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the command exists and ends well within a few seconds."""
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
    except OSError:
        return False
    try:
        return await asyncio.wait_for(process.wait(), _PROBE_SECONDS) == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
