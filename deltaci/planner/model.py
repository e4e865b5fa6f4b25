"""The planner's vocabulary: what it reads, and the plan that it returns.

Everything here is a frozen value of the standard library, so that the planner stays pure and other
packages (the wire models, the git reader) can share these types without depending on its logic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class EntryKind(StrEnum):
    """What a tree entry is; only FILE has content that the planner may read."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One path of a commit's tree, with its object id (content address)."""

    path: str
    kind: EntryKind
    oid: str


class Tree(Protocol):
    """A commit's tree, read from git objects and never from a working copy.

    `read_many` returns content for those of the paths that are files no larger than the reader's
    limit; a missing, oversized or non-file path is absent from the answer. Calling it once with
    many paths is much cheaper than many calls. Paths use `/`, carry no leading `./`, and
    undecodable bytes appear as surrogate escapes.
    """

    @property
    def entries(self) -> Mapping[str, TreeEntry]:
        """Every entry of the tree, keyed by path."""
        ...

    def read_many(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the content of those paths that can be read."""
        ...


class ChangeKind(StrEnum):
    """How a path differs between the two ends of the range."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    TYPE_CHANGED = "type_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed path. A rename carries both names, and both count as changed."""

    kind: ChangeKind
    path: str
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """The full range of a change, or the reason why it is not known.

    `unavailable` is empty when the range is known; otherwise it says why (shallow history, no base,
    moved merge base), and the planner widens the plan accordingly.
    """

    changes: tuple[Change, ...] = ()
    unavailable: str = ""


DEPLOY_LABEL = "deploy:"
"""Begins the labels of runners that may deploy; no job of a repository may ask for one."""


class RecipeSource(StrEnum):
    """Where the set of jobs came from (spec §4.1)."""

    CONFIG = "config"
    RECIPE = "recipe"
    DISCOVERY = "discovery"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class ArtifactSpec:
    """Files that a job keeps: `path` is a glob inside the workspace."""

    type: str
    path: str


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """A directory set that survives between jobs; scope is repository, job, type and key."""

    type: str
    key: str
    paths: tuple[str, ...]
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a runner executes: steps in order, in `workdir`, each a shell command line."""

    name: str
    steps: tuple[str, ...]
    workdir: str = "."
    image: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[ArtifactSpec, ...] = ()
    caches: tuple[CacheSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """How a job's result counts and how often it may be tried (spec §4.5 `policy`).

    `retry_on` names the failure categories that use up `retries`; deterministic failures (USER,
    TOOLING) are not retried unless named. `timeout_seconds` of None means the server's default.
    """

    retries: int = 0
    timeout_seconds: int | None = None
    retry_on: tuple[str, ...] = ("INFRA", "FLAKY", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job of the plan with the chain of reasons that put it there."""

    name: str
    required: bool
    spec: JobSpec
    reason: str
    depends_on: tuple[str, ...] = ()
    policy: JobPolicy = JobPolicy()
    runs_on: tuple[str, ...] = ()
    """Labels that a runner must have, besides what the spec itself demands (such as an image)."""


@dataclass(frozen=True, slots=True)
class SkippedJob:
    """One job that the repository knows and this change does not need, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunPolicies:
    """`policies.runs` of ci.ai.yaml; None means the server's setting."""

    cancel_superseded: bool | None = None
    max_runtime_seconds: int | None = None
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """A stored, immutable full job set that a fingerprint match may replay (spec §4.6).

    It holds every discovered job before impact was applied, never the selection of one run, and no
    cache mode: both are recomputed each time.
    """

    id: str
    version: int
    fingerprint: str
    jobs: tuple[PlannedJob, ...]


@dataclass(frozen=True, slots=True)
class PlannedBuild:
    """The build that a run registers once it is green (`build` of ci.ai.yaml).

    `job` and `path` name the stored file that is its artifact; both are empty when the artifact is
    somebody else's, at `artifact_ref`. Nothing here is judged yet: registering does that.
    """

    service: str
    version: str
    """As it was found; empty when `problem` says why there is none."""
    problem: str = ""
    artifact_ref: str = ""
    job: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The planner's whole answer; equal inputs give byte-identical plans."""

    plan_id: str
    recipe_source: RecipeSource
    fingerprint: str
    """`sha256:…` over the build-defining files (spec §4.6); empty when there are none."""
    explain: str
    jobs: tuple[PlannedJob, ...]
    skipped_jobs: tuple[SkippedJob, ...]
    policies: RunPolicies = RunPolicies()
    recipe_id: str = ""
    recipe_version: int = 0
    known_jobs: tuple[PlannedJob, ...] = ()
    """Every job the repository knows, for saving as a recipe; empty unless discovered."""
    build: PlannedBuild | None = None


class PlanError(Exception):
    """The plan cannot be made and must not be guessed (spec §4.1): the run is PLAN_FAILED."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The planner's whole input. Equal requests give byte-identical plans."""

    repo_id: str
    commit_sha: str
    tree: Tree
    diff: Diff
    fork: bool = False
    recipes: Sequence[Recipe] = ()
    ref: str = ""
    """What the run is for, and with `default_branch` whether it is one that registers builds."""
    default_branch: str = ""
