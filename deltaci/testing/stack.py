"""A whole stack of real processes for tests: Temporal, API, workers and runners, each by name.

The parts run with the very commands that `delta-ci up` uses. Any number of stacks may share one
Temporal server: each has a task queue, a database and a data folder of its own.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx2

from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner
from deltaci.local import parts, ports, temporal
from deltaci.local.child import ChildSpec
from deltaci.local.layout import DataDir, open_data_dir
from deltaci.testing.part import Part

REAL = "real"
"""The label that every runner of a stack has, and no runner that a test plays."""
TOKEN_LIFE = timedelta(hours=12)
CALL_TIMEOUT_SECONDS = 60.0
OURS = ("DELTA_CI_", "TEMPORAL_", "NOTIFY_SOCKET")

QUICK = {
    "DELTA_CI_LEASE_TTL_SECONDS": "5",
    "DELTA_CI_HEARTBEAT_INTERVAL_SECONDS": "1",
    "DELTA_CI_ACK_TIMEOUT_SECONDS": "3",
    "DELTA_CI_CANCEL_DEADLINE_SECONDS": "3",
    "DELTA_CI_SWEEP_INTERVAL_SECONDS": "0.5",
    "DELTA_CI_JOB_RETRY_BACKOFF_SECONDS": "1",
    "DELTA_CI_OUTBOX_RETRY_MAX_SECONDS": "2",
    "DELTA_CI_DISPATCH_HEARTBEAT_TIMEOUT_SECONDS": "6",
    "DELTA_CI_RECONCILE_INTERVAL_SECONDS": "1",
    "DELTA_CI_RECONCILE_QUIET_SECONDS": "5",
    "DELTA_CI_FORGE_TIMEOUT_SECONDS": "1",
    "DELTA_CI_FORGE_HEARTBEAT_TIMEOUT_SECONDS": "3",
    "DELTA_CI_REPORT_DEBOUNCE_SECONDS": "0.2",
}
"""Timers for tests: what takes minutes in production takes seconds."""


@dataclass(frozen=True, slots=True)
class TemporalServer:
    """A development server and where it listens."""

    part: Part
    address: str


def temporal_server(folder: Path) -> TemporalServer:
    """Describe a server with its state in `folder`; killing it loses nothing that it confirmed."""
    places = ports.claim([replace(ports.TEMPORAL, port=0), replace(ports.TEMPORAL_UI, port=0)])
    listening = temporal.TemporalPorts(*places)
    root = open_data_dir(folder)
    spec = temporal.dev_server(temporal.require_binary(), root.temporal_database, listening)
    part = Part(spec, root.root, _clean_environment())
    return TemporalServer(part, f"{ports.LOOPBACK}:{listening.frontend}")


@dataclass(frozen=True, slots=True)
class Size:
    """How many processes of each kind."""

    apis: int = 1
    workers: int = 1
    runners: int = 1


class LiveStack:
    """The parts `api-1…`, `worker-1…`, `runner-1…` and `temporal`; see Part for what each can."""

    def __init__(
        self,
        folder: Path,
        server: TemporalServer,
        *,
        database_url: str = "",
        settings: Mapping[str, str] = QUICK,
        size: Size = Size(),
    ) -> None:
        self.folder: DataDir = open_data_dir(folder)
        self.parts: dict[str, Part] = {"temporal": server.part}
        self.temporal_address = server.address
        self.task_queue = f"delta-ci-{os.getpid()}-{self.folder.root.name}"
        self.database_url = database_url or f"sqlite+aiosqlite:///{self.folder.root}/delta.sqlite3"
        self._signer = TokenSigner.load("", self.folder.root)
        self._environment = _clean_environment() | dict(settings) | self._settings()
        wishes = [replace(ports.API, port=0)] * size.apis
        self.urls = [f"http://{ports.LOOPBACK}:{port}" for port in ports.claim(wishes)]
        self._describe(size)

    def __getitem__(self, name: str) -> Part:
        return self.parts[name]

    def start(self) -> None:
        """Start every part that is not running, and wait until all serve."""
        self._start(name for name in self.parts if name == "temporal")
        if not self._is_migrated:
            self._migrate()
        self._start(name for name in self.parts if not name.startswith("runner"))
        self._start(self.parts)

    def token(self, subject: str, *roles: Role, labels: Sequence[str] = ()) -> str:
        """Sign an access token; `labels` are what a runner may offer."""
        return self._signer.issue(subject, roles, TOKEN_LIFE, labels=labels).token

    def runner(self, name: str, *labels: str) -> Part:
        """Describe one more runner, which may offer these labels; the caller starts and ends it."""
        token = self.token(name, Role.RUNNER, labels=labels)
        spec = parts.runner(name, self.urls[0], token, self.folder)
        wanted = [word for label in labels for word in ("--labels", label)]
        return self._part(replace(spec, argv=(*spec.argv, *wanted)))

    def client(self, number: int = 1, *, subject: str = "tester") -> httpx2.Client:
        """Return an HTTP client of one of the APIs, as an administrator; the caller closes it."""
        token = self.token(subject, Role.ADMIN)
        return httpx2.Client(
            base_url=self.urls[number - 1],
            headers={"Authorization": f"Bearer {token}"},
            timeout=CALL_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def logs(self) -> list[Path]:
        """Every log that any process of this stack wrote, runners' and Temporal's included."""
        return [log for part in self.parts.values() for log in part.logs]

    def tails(self) -> Iterator[tuple[str, str]]:
        """Each part with the last that it said, for people who read a failed test."""
        for name, part in self.parts.items():
            running = "running" if part.is_running else "not running"
            yield f"{name} ({running})", part.tail()

    def close(self) -> None:
        """End every part but Temporal, which other stacks may share."""
        for name, part in self.parts.items():
            if name != "temporal":
                part.close()

    def _start(self, names: Iterable[str]) -> None:
        fresh = [self.parts[name] for name in names if not self.parts[name].is_running]
        for part in fresh:
            part.spawn()
        for part in fresh:
            part.wait_until_ready()

    @property
    def _is_migrated(self) -> bool:
        return bool(self._migration.logs)

    def _migrate(self) -> None:
        self._migration.start()
        self._migration.stop()

    def _describe(self, size: Size) -> None:
        settings: Mapping[str, str] = {}
        self._migration = self._part(parts.migration(settings))
        for number in range(1, size.workers + 1):
            spec = replace(parts.worker(settings), name=f"worker-{number}")
            self.parts[spec.name] = self._part(spec)
        for number, url in enumerate(self.urls, start=1):
            spec = parts.api(settings, int(url.rpartition(":")[2]))
            self.parts[f"api-{number}"] = self._part(replace(spec, name=f"api-{number}"))
        for number in range(1, size.runners + 1):
            self._describe_runner(f"runner-{number}")

    def _describe_runner(self, name: str) -> None:
        self.parts[name] = self.runner(name, REAL)

    def _part(self, spec: ChildSpec) -> Part:
        return Part(spec, self.folder.root, self._environment)

    def _settings(self) -> dict[str, str]:
        return {
            "DELTA_CI_DATA_DIR": str(self.folder.root),
            "DELTA_CI_LOCAL_REPOSITORIES": "any",
            "DELTA_CI_DATABASE_URL": self.database_url,
            "DELTA_CI_TEMPORAL_ADDRESS": self.temporal_address,
            "DELTA_CI_TEMPORAL_TASK_QUEUE": self.task_queue,
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def running_stack(stack: LiveStack) -> Iterator[LiveStack]:
    """Start the stack, and end every process of it whatever happens."""
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
