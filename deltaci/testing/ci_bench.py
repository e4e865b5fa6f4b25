"""Repositories, runs and jobs that a test holds still and lets go, on a live stack."""

import fcntl
import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from deltaci.testing.ledger import Ledger
from deltaci.testing.raw_runner import RawRunner
from deltaci.testing.repositories import GitRepository
from deltaci.testing.stack import REAL, LiveStack
from deltaci.testing.waiting import until

RUNS = "/api/v1/runs"
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "TIMEOUT"})
END_SECONDS = 40.0

Jobs = Mapping[str, Mapping[str, Any]]


class CiBench:
    """One test's work on a stack. Job steps leave traces in files, and wait for gates there."""

    def __init__(self, stack: LiveStack, folder: Path) -> None:
        self.stack = stack
        self.ledger = Ledger(stack.database_url)
        self.http = stack.client()
        self._folder = folder
        self._numbers = itertools.count(1)
        self._runners: list[RawRunner] = []

    def close(self) -> None:
        """Drop the connections."""
        self.http.close()
        for runner in self._runners:
            runner.close()

    # Repositories and what their jobs do.

    def repository(self, jobs: Jobs, **policies: Any) -> GitRepository:
        """Register a repository with these jobs; `policies` are those of its runs."""
        name = f"{self._folder.name}-{next(self._numbers)}"
        repository = GitRepository.create(
            self._folder / name, {"ci.ai.yaml": config(jobs, policies)}
        )
        body = {"repo_id": name, "url": str(repository.path)}
        self.http.post("/api/v1/repositories", json=body).raise_for_status()
        return repository

    def trace(self, name: str) -> str:
        """A step that leaves a trace."""
        return f"echo x >> {self.traced(name)}"

    def traced(self, name: str) -> Path:
        """The file that has a line for each time that the step was run."""
        return self._folder / f"{name}.trace"

    def traces(self, name: str) -> int:
        """How often the step was run."""
        file = self.traced(name)
        return len(file.read_text().splitlines()) if file.exists() else 0

    def gate(self, name: str) -> str:
        """A step that leaves a trace and waits until the gate is opened."""
        return f"{self.trace(name)}; until test -e {self.opened(name)}; do sleep 0.02; done"

    def open(self, name: str) -> None:
        """Open a gate for good."""
        self.opened(name).touch()

    def opened(self, name: str) -> Path:
        """The file that is there once the gate is open."""
        return self._folder / f"{name}.open"

    # Runs.

    def post(self, path: str, body: Any = None, key: str = "") -> httpx2.Response:
        """Send a request about runs."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post(f"{RUNS}{path}", json=body, headers=headers)

    def create(self, repository: GitRepository, ref: str = "main", key: str = "") -> str:
        """Create a run and return its id."""
        body = {"repo_id": repository.path.name, "ref": ref, "reason": "test"}
        return str(_created(self.post("", body, key))["run_id"])

    def rerun(self, run_id: str, *jobs: str) -> str:
        """Run it again and return the id of the new run."""
        body = {"jobs": list(jobs)} if jobs else {}
        return str(_created(self.post(f"/{run_id}/rerun", body))["run_id"])

    def cancel(self, run_id: str) -> httpx2.Response:
        """Ask a run to end."""
        return self.post(f"/{run_id}/cancel")

    def read(self, run_id: str) -> dict[str, Any]:
        """One run as the API shows it."""
        answer = self.http.get(f"{RUNS}/{run_id}")
        answer.raise_for_status()
        return dict(answer.json())

    def jobs(self, run_id: str) -> dict[str, dict[str, Any]]:
        """The details of a run's jobs by name."""
        return {detail["job"]["name"]: detail for detail in self.read(run_id)["jobs"]}

    def states(self, run_id: str) -> dict[str, str]:
        """The states of a run's jobs by name."""
        return {name: detail["job"]["state"] for name, detail in self.jobs(run_id).items()}

    def log(self, run_id: str, job: str) -> str:
        """The log of a job's newest attempt."""
        answer = self.http.get(f"{RUNS}/{run_id}/jobs/{job}/logs")
        answer.raise_for_status()
        return answer.text

    @contextmanager
    def held_in_planning(self, jobs: Jobs) -> Iterator[str]:
        """A new run in state PLANNING: its planner waits for the repository's mirror meanwhile."""
        repository = self.repository(jobs)
        self.until_ended(self.create(repository))
        mirrors = (self.stack.folder.root / "mirrors").iterdir()
        newest = max(mirrors, key=lambda mirror: mirror.stat().st_mtime)
        repository.commit({"README": "more"})
        with (newest / "delta-ci.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run_id = self.create(repository)
            self.until_run(run_id, "PLANNING")
            yield run_id

    # Waiting.

    def until_run(self, run_id: str, *states: str, seconds: float = END_SECONDS) -> str:
        """Wait, beside the API, until a run is in one of the states; returns which."""
        what = f"{run_id} is {' or '.join(states)}"
        wanted = set(states)
        until(lambda: self.ledger.run_state(run_id) in wanted, what, seconds=seconds)
        return str(self.ledger.run_state(run_id))

    def until_ended(self, run_id: str, seconds: float = END_SECONDS) -> str:
        """Wait until a run has ended; returns its outcome."""
        return self.until_run(run_id, *ENDED, seconds=seconds)

    def until_job(self, run_id: str, job: str, *states: str) -> None:
        """Wait until a job is in one of the states."""
        until(lambda: self.states(run_id).get(job) in states, f"{job} is {' or '.join(states)}")

    def until_traced(self, name: str, times: int = 1) -> None:
        """Wait until a step has been run so often."""
        until(lambda: self.traces(name) >= times, f"{name} ran {times} times")

    def raw_runner(self, name: str = "raw", *, labels: tuple[str, ...] = ()) -> RawRunner:
        """A runner that does only what it is told to."""
        runner = RawRunner(self.stack, name, labels=labels)
        self._runners.append(runner)
        return runner


def config(jobs: Jobs, policies: Mapping[str, Any]) -> str:
    """Write `ci.ai.yaml`; JSON is YAML, too. Jobs that name no labels are for real runners."""
    labelled = {name: {"runs_on": [REAL], **job} for name, job in jobs.items()}
    return json.dumps({"version": 1, "jobs": labelled, "policies": {"runs": policies}})


def _created(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code != httpx2.codes.CREATED:
        raise AssertionError(f"HTTP {answer.status_code}: {answer.text}")
    return dict(answer.json())
