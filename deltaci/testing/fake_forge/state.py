"""What a fake forge has and shows, in words that all forges share."""

import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.vcs.port import Verdict


@dataclass
class ShownCheck:
    """A check beside a commit: a check run, a commit status or a build status."""

    id: str
    """What the forge calls it at present."""
    name: str
    commit_sha: str
    verdict: Verdict
    """Where the forge cannot tell two verdicts apart, the plainer one."""
    states: list[str] = field(default_factory=list)
    """The forge's own words, one for each time that it was published."""
    reference: str = ""
    """Ours, where the forge keeps one."""
    title: str = ""
    summary: str = ""
    url: str = ""
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class ShownComment:
    """A comment under a pull request."""

    id: str
    number: int
    author: str
    body: str
    edits: int = 0


@dataclass
class Repository:
    """A repository with its people and what they see there."""

    full_name: str
    private: bool = False
    members: dict[str, bool] = field(default_factory=dict)
    """Login to whether that person may write."""
    commits: set[str] = field(default_factory=set)
    """The commits that it has; none named means that any full id is one."""
    checks: list[ShownCheck] = field(default_factory=list)
    comments: list[ShownComment] = field(default_factory=list)

    def has_commit(self, sha: str) -> bool:
        """Whether a check may be shown beside this commit."""
        return len(sha) in {40, 64} and (not self.commits or sha in self.commits)

    def named(self, name: str, commit_sha: str) -> list[ShownCheck]:
        """The checks of this name beside a commit, oldest first."""
        return [each for each in self.checks if (each.name, each.commit_sha) == (name, commit_sha)]

    def under(self, number: int) -> list[ShownComment]:
        """The comments under a pull request, oldest first."""
        return [each for each in self.comments if each.number == number]


@dataclass
class ForgeState:
    """Everything that a fake forge knows. Tests read it, and may change it between requests."""

    accounts: dict[str, str] = field(default_factory=dict, repr=False)
    """Token to the login that it acts as."""
    app: FakeApp | None = None
    """The App that GitHub knows, if any."""
    repositories: dict[str, Repository] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    """Whatever a strict forge would not stand for; empty is what tests want to see."""
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def repository(self, full_name: str, *, private: bool = False) -> Repository:
        """Return the repository, made if need be."""
        return self.repositories.setdefault(full_name, Repository(full_name, private))

    def next_id(self) -> str:
        """An id that nothing else has."""
        return str(next(self.ids))

    def move(self, check: ShownCheck, verdict: Verdict, state: str) -> None:
        """Give a check its next state; going back, or from one end to another, is a violation."""
        back = verdict.rank < check.verdict.rank
        if back or (check.verdict.is_final and verdict is not check.verdict):
            self.violations.append(
                f"{check.name} at {check.commit_sha[:8]} went from {check.verdict} to {verdict}"
            )
        check.verdict = verdict
        check.states.append(state)

    def document(self) -> dict[str, Any]:
        """Everything it shows, for scripts; no tokens."""
        repositories = [
            asdict(each) | {"commits": sorted(each.commits)} for each in self.repositories.values()
        ]
        return {"repositories": repositories, "violations": self.violations}
