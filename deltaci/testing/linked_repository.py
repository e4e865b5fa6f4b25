"""A repository of a live stack that is on a fake forge: what happens there, and what is shown."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from sqlalchemy import select

from deltaci.store.tables import RunReport
from deltaci.testing.ci_bench import CiBench
from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.testing.fake_forge.provider import Occurrence
from deltaci.testing.fake_forge.state import Repository, ShownCheck
from deltaci.testing.live_forge import LiveForge
from deltaci.testing.repositories import Content, GitRepository
from deltaci.testing.waiting import until
from deltaci.vcs.port import PullRequest, Push, Remark
from deltaci.wire.reports import ReportState

OWNER = "acme"
WRITER, STRANGER = "wanda", "stan"
"""Who may push, and who may not."""
_comment_ids = itertools.count(1000)


@dataclass
class LinkedRepository:
    """The git repository is fetched from where it is on this machine, unless from `url`."""

    bench: CiBench
    forge: LiveForge
    git: GitRepository
    secret: str = ""
    url: str = ""
    shown: Repository = field(init=False)

    def __post_init__(self) -> None:
        self.full_name = f"{OWNER}/{self.git.path.name}"
        self.secret = self.secret or f"secret-of-{self.full_name}"
        self.shown = self.forge.fake.repository(self.full_name)
        self.shown.members.update({WRITER: True, STRANGER: False})
        if app := self.forge.fake.state.app:
            app.installations.setdefault(OWNER, "9000")
        self.link(webhook_secret=self.secret)

    def link(self, **more: str) -> None:
        """Link it, with a token or another secret."""
        body = {
            "repo_id": self.git.path.name,
            "url": self.url or str(self.git.path),
            "provider": self.forge.provider,
            "full_name": self.full_name,
        }
        self.bench.http.post("/api/v1/repositories", json=body | more).raise_for_status()

    # What happens there.

    def pushed(self, files: Mapping[str, Content], branch: str = "main") -> Push:
        """Commit to a branch, made if need be, and return the push of it."""
        before = self._on(branch)
        return Push(f"refs/heads/{branch}", self.git.commit(files), before, WRITER)

    def opened(
        self, number: int, files: Mapping[str, Content], *, fork: bool = False
    ) -> PullRequest:
        """Give a pull request a head, its first or the next, and return what the forge tells."""
        before = self._on(f"topic-{number}")
        head = self.git.commit(files)
        self.git.git("update-ref", f"refs/pull/{number}/head", head)
        return PullRequest(
            number=number,
            action="synchronize" if before else "opened",
            ref=f"refs/pull/{number}/head",
            head_sha=head,
            head_ref=f"topic-{number}",
            head_repository=f"somebody/{self.git.path.name}" if fork else self.full_name,
            target_ref="refs/heads/main",
            target_sha=self.git.git("rev-parse", "main"),
            fork=fork,
            draft=False,
            sender=STRANGER if fork else WRITER,
        )

    def tagged(self, name: str) -> Push:
        """Tag main and return the push of the tag."""
        commit = self.git.git("rev-parse", "main")
        self.git.git("tag", name, commit)
        return Push(f"refs/tags/{name}", commit, None, WRITER)

    def remarked(self, number: int, body: str, author: str = WRITER) -> Remark:
        """Return what the forge tells of a new comment."""
        return Remark(number, str(next(_comment_ids)), author, body)

    def delivery(self, occurrence: Occurrence) -> "Delivery":
        """Sign what happened, to be sent as often as wanted."""
        signing = FakeForge(self.forge.provider, webhook_secret=self.secret)
        path = f"/api/v1/webhooks/{self.forge.provider}"
        return Delivery(path, *signing.delivery(self.full_name, occurrence))

    def deliver(self, occurrence: Occurrence, times: int = 1) -> dict[str, Any]:
        """Tell the stack what happened, maybe again and again; returns its first answer."""
        delivery = self.delivery(occurrence)
        first, *_ = [delivery.send(self.bench.http).raise_for_status() for _ in range(times)]
        return dict(first.json())

    def run_of(self, occurrence: Occurrence, times: int = 1) -> str:
        """Deliver it and return the id of the run that it leads to."""
        return str(self.deliver(occurrence, times)["run_id"])

    # What is shown.

    def until_reported(self, run_id: str, *states: ReportState, seconds: float = 40.0) -> None:
        """Wait until the forge has heard all of a run, or as the states say."""
        wanted = set(states or (ReportState.DELIVERED,))
        question = select(RunReport.state).where(RunReport.run_id == run_id)
        what = f"the report of {run_id} is {' or '.join(sorted(wanted))}"
        until(lambda: self.bench.ledger.one(question) in wanted, what, seconds=seconds)

    def checks(self, commit_sha: str) -> dict[str, ShownCheck]:
        """The newest check of each name beside a commit."""
        shown = list(self.shown.checks)
        return {each.name: each for each in shown if each.commit_sha == commit_sha}

    def comments(self, number: int) -> list[str]:
        """The texts of all comments under a pull request, oldest first."""
        return [each.body for each in list(self.shown.comments) if each.number == number]

    def _on(self, branch: str) -> str | None:
        """Switch to a branch, made from main if need be; returns where it pointed, if anywhere."""
        known = self.git.git("branch", "--list", branch)
        if not known:
            self.git.switch("main")
            self.git.branch(branch)
            return None
        self.git.switch(branch)
        return self.git.head


Link = Callable[..., LinkedRepository]
"""Makes a repository with jobs on a provider's forge: `link(jobs, Provider.GITEA)`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed webhook call."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def send(self, http: httpx2.Client) -> httpx2.Response:
        """Send it, maybe once more."""
        return http.post(self.path, content=self.body, headers=dict(self.headers))
