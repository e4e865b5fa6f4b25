"""The child processes of our own: migration, API, worker and runners.

Each runs with `-P` and in the data folder, so that a file named `worker.py` in the folder where
`up` was called is never imported. Credentials travel by environment, never by arguments.
"""

import http.client
import sys
from collections.abc import Mapping

from deltaci.local.child import ChildSpec, ReadyWhen
from deltaci.local.layout import DataDir
from deltaci.local.ports import LOOPBACK

PYTHON = (sys.executable, "-P", "-m")
COMMAND_LINE = (*PYTHON, "deltaci.cli")

API_DRAIN_SECONDS = "1"
"""Longest that the API waits for open requests (runners hold long polls) when it stops."""


def migration(settings: Mapping[str, str]) -> ChildSpec:
    """Bring the database to the newest schema, then exit."""
    return ChildSpec(
        name="database",
        argv=(*COMMAND_LINE, "db", "upgrade"),
        ready_when=ReadyWhen.FINISHES,
        environment=settings,
    )


def api(settings: Mapping[str, str], port: int) -> ChildSpec:
    """The HTTP API; ready when it says that it is."""
    listen = ("--host", LOOPBACK, "--port", str(port))
    quiet = ("--no-access-log", "--timeout-graceful-shutdown", API_DRAIN_SECONDS)
    return ChildSpec(
        name="api",
        argv=(*PYTHON, "uvicorn", "api.app:create_app", "--factory", *listen, *quiet),
        ready_when=ReadyWhen.ANSWERS,
        environment=settings,
        probe=lambda: _is_ready(port),
    )


def worker(settings: Mapping[str, str]) -> ChildSpec:
    """The Temporal worker; ready when it polls."""
    return ChildSpec(
        name="worker",
        argv=(*PYTHON, "worker"),
        ready_when=ReadyWhen.ANNOUNCES,
        environment=settings,
        stop_grace_seconds=20.0,
    )


def runner(name: str, api_url: str, token: str, folder: DataDir) -> ChildSpec:
    """A runner with its own credential; ready when it asks for jobs."""
    work_dir, cache_dir = str(folder.runner_work_dir(name)), str(folder.runner_caches)
    folders = ("--work-dir", work_dir, "--cache-dir", cache_dir)
    return ChildSpec(
        name=name,
        argv=(*COMMAND_LINE, "runner", "start", "--name", name, *folders),
        ready_when=ReadyWhen.ANNOUNCES,
        environment={"DELTA_CI_URL": api_url, "DELTA_CI_TOKEN": token},
        # It hands its job back, which includes ending the job's processes.
        stop_grace_seconds=20.0,
    )


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
