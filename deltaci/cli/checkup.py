"""What `delta-ci doctor` looks at. Nothing here changes anything."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deltaci.cli.connection import connect, local_endpoints
from deltaci.client.errors import ClientError
from deltaci.local import temporal
from deltaci.local.errors import StackError
from deltaci.local.ports import DEFAULT_PORTS, PortWish, accepts_connections, claim

Status = Literal["ok", "absent", "problem"]

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 34)
PROGRAM_TIMEOUT_SECONDS = 5
OPTIONAL_PROGRAMS = {
    "postgres": "--version",
    "bwrap": "--version",
    "docker": "--version",
    "go": "version",
    "node": "--version",
}
SERVER_PACKAGES = ("fastapi", "sqlalchemy", "temporalio", "uvicorn")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `absent` is worth knowing, `problem` must be solved."""

    name: str
    status: Status
    found: str
    advice: str = ""


def examine(url: str | None, token: str | None, data_dir: Path) -> Iterator[Finding]:
    """Yield every finding, what is needed first."""
    yield _python()
    yield _git()
    yield _server_packages()
    yield _temporal()
    yield _data_dir(data_dir)
    running = local_endpoints(data_dir) is not None
    if not running:
        yield from map(_port, DEFAULT_PORTS)
    for name, argument in OPTIONAL_PROGRAMS.items():
        yield _optional(name, argument)
    yield _connection(url, token, data_dir, expected=bool(url) or running)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("python", "ok", version)
    return Finding("python", "problem", version, "install Python 3.11 or newer")


def _git() -> Finding:
    advice = "install git 2.34 or newer"
    found = _first_line("git", "--version")
    if not found:
        return Finding("git", "problem", "not found", advice)
    numbers = found.removeprefix("git version ").split(".")[:2]
    if all(part.isdigit() for part in numbers) and tuple(map(int, numbers)) < OLDEST_GIT:
        return Finding("git", "problem", found, advice)
    return Finding("git", "ok", found)


def _server_packages() -> Finding:
    missing = [name for name in SERVER_PACKAGES if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding("server extra", "ok", "installed")
    advice = "install delta-ci[server,embedded] to run `delta-ci up` here"
    return Finding("server extra", "absent", f"without {', '.join(missing)}", advice)


def _temporal() -> Finding:
    address = temporal.external_address(os.environ)
    if address:
        host, _, port = address.rpartition(":")
        if port.isdigit() and accepts_connections(host, int(port)):
            return Finding("temporal", "ok", f"answers at {address}")
        advice = "start it, or correct or unset TEMPORAL_ADDRESS"
        return Finding("temporal", "problem", f"nothing answers at {address}", advice)
    try:
        return Finding("temporal", "ok", str(temporal.require_binary()))
    except StackError as error:
        return Finding("temporal", "problem", "not found", str(error))


def _data_dir(path: Path) -> Finding:
    existing = next(
        folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists()
    )
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Finding("data folder", "ok", str(path))
    except OSError as error:
        advice = "change its owner, or use --data-dir"
        return Finding("data folder", "problem", f"{existing}: {error.strerror}", advice)


def _port(wish: PortWish) -> Finding:
    try:
        claim([wish])
    except StackError as error:
        return Finding(f"port {wish.port}", "absent", "in use", str(error))
    return Finding(f"port {wish.port}", "ok", f"free for {wish.part}")


def _optional(name: str, argument: str) -> Finding:
    found = _first_line(name, argument)
    return Finding(name, "ok", found) if found else Finding(name, "absent", "not found (optional)")


def _connection(url: str | None, token: str | None, data_dir: Path, *, expected: bool) -> Finding:
    try:
        client = connect(url, token, data_dir)
        client.check_health()
        client.runs.page({}, limit=1)
    except ClientError as error:
        status: Status = "problem" if expected else "absent"
        return Finding("server", status, str(error))
    return Finding("server", "ok", f"{client.url} answers and accepts the credential")


def _first_line(program: str, argument: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        ran = subprocess.run(
            [path, argument],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROGRAM_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "present, but does not run"
    return next(iter(ran.stdout.splitlines()), "present")
