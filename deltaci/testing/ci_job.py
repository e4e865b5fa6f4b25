"""Running the CI helper like a job of a CI: its own process, and only the job's variables."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deltaci.testing.commands import Ran

REGISTER_BUILD = Path(__file__).resolve().parents[2] / "scripts/ci/register_build.py"

BUILD = {
    "--service": "demo-service",
    "--version": "1.2.3",
    "--artifact-ref": "s3://artifact-bucket/demo-service/demo-service-1.2.3.zip",
    "--git-sha": "0123abc",
    "--git-branch": "main",
    "--ci-provider": "github",
    "--ci-run-id": "42",
    "--built-at": "2026-02-27T00:00:00Z",
}
"""The required flags, as in the contract's example."""


async def register_build(
    *more: str, environment: Mapping[str, str], flags: Mapping[str, str] = BUILD
) -> Ran:
    """Run the helper to its end, without pauses before it tries again."""
    given = [part for flag in flags.items() for part in flag]
    return await run_program(
        *(sys.executable, str(REGISTER_BUILD), *given, "--backoff-seconds", "0", *more),
        environment=environment,
    )


async def run_program(
    *command: str, environment: Mapping[str, str], folder: Path | None = None
) -> Ran:
    """Run any program to its end with exactly this environment, besides PATH."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())
