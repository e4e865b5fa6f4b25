"""Running the real command line from tests."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


async def start_command(
    *arguments: str, folder: Path, environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    """Start `delta-ci` with these arguments and exactly this environment."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deltaci.cli",
        *arguments,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_command(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Ran:
    """Run `delta-ci` to its end."""
    process = await start_command(*arguments, folder=folder, environment=environment)
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())
