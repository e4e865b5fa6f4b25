"""Makefile: its build, test and lint targets, where no language is known in the folder."""

import re

from deltaci.planner.files import RepositoryFiles, folder_of
from deltaci.planner.projects import Found, JobTemplate, Project, ProjectKey

_TARGET = re.compile(r"^([A-Za-z0-9_.-]+(?:[ \t]+[A-Za-z0-9_.-]+)*)[ \t]*::?(?!=)", re.MULTILINE)
_KINDS = (
    ("build", ("build",), True),
    ("test", ("test", "check"), True),
    ("lint", ("lint",), False),
)
"""Kind, the targets that stand for it in order of preference, and whether it is required."""


class Makefile:
    """Implements `Ecosystem`."""

    name = "make"
    build_files = frozenset({"Makefile"})
    lock_files: frozenset[str] = frozenset()
    code_extensions: frozenset[str] = frozenset()

    def is_test(self, _path: str, /) -> bool:
        """Return False: a Makefile's inputs are not told apart."""
        return False

    def discover(self, files: RepositoryFiles, found: tuple[Project, ...], /) -> Found:
        """Return one project per folder whose Makefile has a known target and no language."""
        taken = {project.key.root for project in found}
        projects = []
        for path in files.named("Makefile"):
            root = folder_of(path)
            jobs = _jobs(files.text(path) or "")
            if root not in taken and jobs:
                projects.append(Project(ProjectKey(root, self.name), jobs=jobs))
        return Found(tuple(projects))


def _jobs(text: str) -> tuple[JobTemplate, ...]:
    targets = {name for match in _TARGET.finditer(text) for name in match[1].split()}
    jobs: list[JobTemplate] = []
    for kind, names, required in _KINDS:
        target = next((name for name in names if name in targets), None)
        if target is not None:
            jobs.append(
                JobTemplate(
                    kind=kind,
                    label=f"make {target}",
                    steps=(f"make {target}",),
                    required=required,
                    after=tuple(job.kind for job in jobs if job.kind == "build"),
                    on_docs=kind == "build",
                )
            )
    return tuple(jobs)
