"""What discovery finds: projects, the jobs that each can have, and who needs whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deltaci.planner.display import printable
from deltaci.planner.model import ArtifactSpec, CacheSpec

ROOT = "."


@dataclass(frozen=True, slots=True, order=True)
class ProjectKey:
    """A project is one ecosystem's view of one folder; `root` is `.` for the repository itself."""

    root: str
    ecosystem: str


@dataclass(frozen=True, slots=True)
class JobTemplate:
    """A job that a project can have, before it is known whether a change needs it.

    `label` is what reasons call it (`go vet`). `after` names kinds of the same project that must
    succeed first. A job that runs `on_docs` is kept even when only documentation changed.
    """

    kind: str
    label: str
    steps: tuple[str, ...]
    required: bool = True
    after: tuple[str, ...] = ()
    on_docs: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[ArtifactSpec, ...] = ()
    caches: tuple[CacheSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that is built as one thing.

    `needs` are the projects that it is built from, `shared` the paths outside its folder that it is
    built from as well (a workspace's lock file, an included requirements file).
    """

    key: ProjectKey
    needs: frozenset[ProjectKey] = frozenset()
    shared: frozenset[str] = frozenset()
    jobs: tuple[JobTemplate, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One ecosystem's answer. `doubts` say why edges may be missing; any doubt widens the plan."""

    projects: tuple[Project, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """All projects of the repository, sorted, and what people are told was looked at."""

    projects: tuple[Project, ...]
    doubts: tuple[str, ...]
    files: tuple[str, ...]
    names: Mapping[ProjectKey, str]

    @property
    def is_single_root(self) -> bool:
        """Whether the repository is one project at its root, which explanations need not name."""
        return all(name == "root" for name in self.names.values())


def name_projects(projects: tuple[Project, ...]) -> dict[ProjectKey, str]:
    """Return a name for each project: its folder, `root` for the repository itself.

    Where a folder already has a job of the same kind, the later ecosystem adds its own name.
    """
    names: dict[ProjectKey, str] = {}
    taken: set[tuple[str, str]] = set()
    for project in projects:
        key = project.key
        folder = "root" if key.root == ROOT else printable(key.root)
        kinds = {(key.root, job.kind) for job in project.jobs}
        names[key] = folder if taken.isdisjoint(kinds) else f"{folder}@{key.ecosystem}"
        taken |= kinds
    return names
