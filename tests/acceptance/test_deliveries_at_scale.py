"""Many deliveries, each five times, while processes die and forges fail: one run, one report each.

Deliveries are sent as forges send them: by several threads, in any order, and again when nobody
answered.
"""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from sqlalchemy import Select, select

from deltaci.reports.verdicts import OF_RUNS
from deltaci.states import RunState
from deltaci.store.tables import Run, RunTrigger
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.linked_repository import Delivery, Link, LinkedRepository
from deltaci.testing.waiting import until
from deltaci.vcs.port import Provider, PullRequest, Push
from deltaci.webhooks.event_key import event_key

TIMES, THREADS = 5, 8
TROUBLES, LOST_ANSWERS, LIMITED_SECONDS = 4, 3, 1
END_SECONDS = 90.0
COPIES, TAGS = "refs/heads/copy-", "refs/tags/"

JOBS = {"test": {"steps": ["true"]}}
BOTH = [Provider.GITEA, Provider.GITHUB]

Event = Push | PullRequest


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_forty_deliveries_in_trouble(bench: CiBench, link: Link) -> None:
    campaign(bench, [link(JOBS, each) for each in BOTH], cycles=2)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("stack", ["sqlite", "postgresql"], indirect=True)
def test_two_hundred_deliveries_in_trouble(bench: CiBench, link: Link) -> None:
    campaign(bench, [link(JOBS, each) for each in BOTH], cycles=10)


def campaign(bench: CiBench, linked: Sequence[LinkedRepository], cycles: int) -> None:
    events = [(each, event) for each in linked for event in happenings(each, cycles)]
    sent = [(key_of(each, event), each.delivery(event)) for each, event in events] * TIMES
    random.shuffle(sent)
    senders = Senders(bench)
    with ThreadPoolExecutor(THREADS) as threads:
        shares = [sent[number::THREADS] for number in range(THREADS)]
        sending = [threads.submit(senders.send, *share) for share in enumerate(shares)]
        disturb(bench, linked, senders, len(sent))
        for each in sending:
            each.result()

    runs = senders.runs()
    assert set(runs) == {key_of(*event) for event in events}
    until(lambda: not bench.ledger.open_runs(), "every run has ended", seconds=END_SECONDS)
    for repository in linked:
        for run, _ in rows_of(repository):
            repository.until_reported(run.id, seconds=END_SECONDS)
        assert {trigger.event_key for _, trigger in rows_of(repository)} <= set(runs)
        check_shown(repository)
        check_superseded(repository)
    assert sum(len(rows_of(repository)) for repository in linked) == len(runs)


# What happens.


def happenings(linked: LinkedRepository, cycles: int) -> Iterator[Event]:
    """Ten events each: heads of four pull requests, one a fork's, pushes, tags.

    One of the pushes is of a commit that another branch had got before: the same event.
    """
    for cycle in range(cycles):
        for number in range(7):
            change = {f"src/{number}.py": f"{cycle}"}
            yield linked.opened(1 + number // 2, change, fork=is_fork(1 + number // 2))
        pushed = linked.pushed({"src/main.py": f"{cycle}"})
        linked.git.git("branch", f"copy-{cycle}")
        yield pushed
        yield Push(f"{COPIES}{cycle}", pushed.commit_sha, None, pushed.sender)
        yield linked.tagged(f"v{cycle}")


def is_fork(number: int | None) -> bool:
    return number == 4


def key_of(linked: LinkedRepository, event: Event) -> str:
    """The event's key, as the contract has it."""
    repo_id = linked.git.path.name
    if isinstance(event, PullRequest):
        return event_key(repo_id, event.head_sha, "pull_request", event.number)
    kind = "tag" if event.ref.startswith(TAGS) else "push"
    return event_key(repo_id, event.commit_sha, kind, None)


@dataclass
class Senders:
    """Threads that send each delivery until somebody answers."""

    bench: CiBench
    _named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answered(self) -> int:
        """How many deliveries were answered so far."""
        with self._lock:
            return sum(map(len, self._named.values()))

    def until_answered(self, count: int) -> None:
        """Wait until so many were."""
        until(lambda: self.answered >= count, f"{count} deliveries are answered", seconds=60)

    def runs(self) -> Mapping[str, str]:
        """The one run that each event's deliveries were answered with, by the event's key."""
        assert {len(set(named)) for named in self._named.values()} == {1}
        runs = {key: named[0] for key, named in self._named.items()}
        assert len(set(runs.values())) == len(runs)
        return runs

    def send(self, number: int, deliveries: Sequence[tuple[str, Delivery]]) -> None:
        """Send them one after the other to an API of this thread's."""
        with self.bench.stack.client(1 + number % len(self.bench.stack.urls)) as client:
            for key, delivery in deliveries:
                run_id = insist(client, delivery)
                with self._lock:
                    self._named[key].append(run_id)


def insist(client: httpx2.Client, delivery: Delivery) -> str:
    """Send it until it is answered, and return the run that the answer names."""

    def named() -> str | None:
        try:
            answer = delivery.send(client)
        except httpx2.TransportError:
            return None
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            return None
        return str(answer.raise_for_status().json()["run_id"])

    return until(named, "a delivery is answered") or ""


def disturb(
    bench: CiBench, linked: Sequence[LinkedRepository], senders: Senders, of_all: int
) -> None:
    """Let each part die in its turn, and both forges fail in several ways, meanwhile."""
    parts = [name for name in bench.stack.parts if name.startswith(("api", "worker"))]
    for number, name in enumerate(parts, start=1):
        senders.until_answered(of_all * number // (len(parts) + 1))
        bench.stack[name].kill()
        for repository in linked:
            faults = repository.forge.fake.faults
            faults.fail_next(TROUBLES, httpx2.codes.BAD_GATEWAY)
            for path in ("/statuses/", "/check-runs", "/comments"):
                faults.drop_answer(LOST_ANSWERS, path)
        bench.stack[name].start()
        linked[number % len(linked)].forge.fake.faults.rate_limit(LIMITED_SECONDS)


# What has become of it.


def rows_of(linked: LinkedRepository) -> list[tuple[Run, RunTrigger]]:
    """The runs of a repository with what they are for."""
    question: Select[Any, Any] = (
        select(Run, RunTrigger)
        .join(RunTrigger, RunTrigger.run_id == Run.id)
        .where(Run.repo_id == linked.git.path.name)
    )
    return [(run, trigger) for run, trigger in linked.bench.ledger.all(question)]


def check_shown(linked: LinkedRepository) -> None:
    """Each run's outcome is shown once, in its check and, of a pull request's, in a comment."""
    comments = Counter(
        comment.body.partition("-->")[0].removeprefix("<!-- delta-ci run:").strip()
        for comment in linked.shown.comments
    )
    places = Counter((check.name, check.url) for check in linked.shown.checks)
    assert set(places.values()) == {1}
    for run, trigger in rows_of(linked):
        kind = trigger.event_type
        name = "delta-ci" if kind == "pull_request" else f"delta-ci ({kind})"
        (check,) = [
            each
            for each in linked.shown.checks
            if each.name == name and each.url.endswith(f"/{run.id}")
        ]
        assert check.commit_sha == run.commit_sha
        assert check.verdict is OF_RUNS[run.state]
        assert comments.pop(run.id, 0) == (1 if kind == "pull_request" else 0)
        assert run.fork is is_fork(trigger.pr_number)
    assert not comments


def check_superseded(linked: LinkedRepository) -> None:
    """Who was overtaken names a later run of its pull request; whoever was not has succeeded."""
    rows = {run.id: (run, trigger.pr_number) for run, trigger in rows_of(linked)}
    said = "\n".join(comment.body for comment in linked.shown.comments)
    for run, number in rows.values():
        if run.superseded_by is None:
            assert run.state is RunState.SUCCEEDED
            continue
        assert run.state is RunState.CANCELED
        assert rows[run.superseded_by][1] == number is not None
        assert f"Superseded by `{run.superseded_by}`" in said
        assert run.commit_sha != linked.git.git("rev-parse", f"refs/pull/{number}/head")
