"""`delta-ci up`: plan the stack from the options, start it, and keep it until told to stop."""

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from deltaci.identity.roles import Role
from deltaci.local import lock, parts, ports, temporal
from deltaci.local.child import ChildSpec
from deltaci.local.credentials import issue_tokens
from deltaci.local.endpoints import Endpoints, write_endpoints
from deltaci.local.errors import StackError
from deltaci.local.layout import DataDir, open_data_dir
from deltaci.local.supervisor import Supervisor
from deltaci.ready import NOTIFY_SOCKET, announce_ready

ADMIN = "local-admin"
NOT_INHERITED = (NOTIFY_SOCKET, "DELTA_CI_URL", "DELTA_CI_TOKEN")


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What `up` was asked for. A port of 0 means any free one."""

    data_dir: Path
    api_port: int
    temporal_port: int
    ui_port: int
    runners: int
    ready_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything decided before the first process starts; stages start one after the other."""

    endpoints: Endpoints
    stages: Sequence[Sequence[ChildSpec]]
    environment: Mapping[str, str] = field(repr=False)


Plan = Callable[[StackOptions, DataDir, Mapping[str, str]], Stack]
"""Decides what to run, from the options, the opened data folder and the environment."""


def run_stack(
    options: StackOptions,
    on_ready: Callable[[str], None],
    on_serving: Callable[[Endpoints], None],
    plan: Plan | None = None,
) -> None:
    """Run the stack until Ctrl-C or SIGTERM.

    `on_ready` hears of each part, `on_serving` once of the whole. Always ends with StopRequested
    (asked to stop) or StackError (could not start, or a part died), after everything was stopped.
    """
    folder = open_data_dir(options.data_dir)
    with lock.held(folder.lock_file):
        _forget(options.ready_file, folder.endpoints_file)
        stack = (plan or plan_stack)(options, folder, os.environ)
        try:
            with Supervisor(folder.root, stack.environment, on_ready) as supervisor:
                for stage in stack.stages:
                    supervisor.start(stage)
                _publish(stack, folder, options.ready_file)
                on_serving(stack.endpoints)
                supervisor.watch()
        finally:
            _forget(folder.endpoints_file)


def plan_stack(options: StackOptions, folder: DataDir, environment: Mapping[str, str]) -> Stack:
    """Decide ports, credentials and processes; raises StackError when something is missing."""
    place = _place(options, folder, environment)
    runners = [f"runner-{number}" for number in range(1, options.runners + 1)]
    wanted = {ADMIN: Role.ADMIN, **dict.fromkeys(runners, Role.RUNNER)}
    tokens = issue_tokens(folder.root, wanted, environment)
    endpoints = Endpoints(
        api_url=f"http://{ports.LOOPBACK}:{place.api_port}",
        temporal_address=place.temporal_address,
        temporal_ui_url=place.temporal_ui_url,
        data_dir=str(folder.root),
        admin_token=tokens[ADMIN],
    )
    settings = _settings(endpoints)
    stages = (
        (*place.temporal_server, parts.migration(settings)),
        (parts.worker(settings), parts.api(settings, place.api_port)),
        [parts.runner(name, endpoints.api_url, tokens[name], folder) for name in runners],
    )
    inherited = {name: value for name, value in environment.items() if name not in NOT_INHERITED}
    return Stack(endpoints, stages, inherited)


def _settings(endpoints: Endpoints) -> Mapping[str, str]:
    """What the server's processes are told by environment."""
    return {
        "DELTA_CI_DATA_DIR": endpoints.data_dir,
        "DELTA_CI_LOCAL_REPOSITORIES": "any",
        "DELTA_CI_PUBLIC_URL": endpoints.api_url,
        "DELTA_CI_TEMPORAL_ADDRESS": endpoints.temporal_address,
        "DELTA_CI_TEMPORAL_UI_URL": endpoints.temporal_ui_url,
        "PYTHONUNBUFFERED": "1",
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """Where things listen, and Temporal's process if it is ours."""

    api_port: int
    temporal_address: str
    temporal_ui_url: str
    temporal_server: tuple[ChildSpec, ...] = ()


def _place(options: StackOptions, folder: DataDir, environment: Mapping[str, str]) -> _Place:
    api_wish = replace(ports.API, port=options.api_port)
    external = temporal.external_address(environment)
    if external:
        (api_port,) = ports.claim([api_wish])
        return _Place(api_port, external, environment.get("DELTA_CI_TEMPORAL_UI_URL", ""))
    binary = temporal.require_binary()
    api_port, frontend, web = ports.claim(
        [
            api_wish,
            replace(ports.TEMPORAL, port=options.temporal_port),
            replace(ports.TEMPORAL_UI, port=options.ui_port),
        ]
    )
    listening = temporal.TemporalPorts(frontend, web)
    server = temporal.dev_server(binary, folder.temporal_database, listening)
    address, ui_url = f"{ports.LOOPBACK}:{frontend}", f"http://{ports.LOOPBACK}:{web}"
    return _Place(api_port, address, ui_url, (server,))


def _publish(stack: Stack, folder: DataDir, ready_file: Path | None) -> None:
    for path in filter(None, (folder.endpoints_file, ready_file)):
        try:
            write_endpoints(path, stack.endpoints)
        except OSError as error:
            raise StackError(f"cannot write {path}: {error.strerror}") from error
    announce_ready()


def _forget(*paths: Path | None) -> None:
    """Remove what an earlier start wrote: nobody may take it for this one."""
    for path in filter(None, paths):
        with contextlib.suppress(OSError):
            path.unlink()
