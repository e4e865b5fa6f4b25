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
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    stdin: int = asyncio.subprocess.DEVNULL,
) -> asyncio.subprocess.Process:
    """Start `delta-ci` with these arguments and exactly this environment."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deltaci.cli",
        *arguments,
        cwd=folder,
        env=dict(environment),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_command(
    *arguments: str, folder: Path, environment: Mapping[str, str], given: str = ""
) -> Ran:
    """Run `delta-ci` to its end, with this on standard input."""
    pipe = asyncio.subprocess.PIPE
    process = await start_command(*arguments, folder=folder, environment=environment, stdin=pipe)
    out, err = await process.communicate(given.encode())
    return Ran(process.returncode or 0, out.decode(), err.decode())
