"""Dockerfile: an optional image build, after the project whose folder it packs."""

from deltaci.planner.files import RepositoryFiles, ancestors, folder_of
from deltaci.planner.projects import Found, JobTemplate, Project, ProjectKey

_BUILD = (
    "if command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1; "
    "then docker build .; "
    'else echo "no container engine on this machine: the image was not built"; fi'
)


class Dockerfile:
    """Implements `Ecosystem`."""

    name = "docker"
    build_files = frozenset({"Dockerfile"})
    lock_files: frozenset[str] = frozenset()
    code_extensions: frozenset[str] = frozenset()

    def is_test(self, _path: str, /) -> bool:
        """Return False: what an image packs is not told apart."""
        return False

    def discover(self, files: RepositoryFiles, found: tuple[Project, ...], /) -> Found:
        """Return one project per Dockerfile; it needs the projects of the nearest folder above."""
        by_root: dict[str, set[ProjectKey]] = {}
        for project in found:
            by_root.setdefault(project.key.root, set()).add(project.key)
        job = JobTemplate("image", "docker build", (_BUILD,), required=False)
        projects = []
        for path in files.named("Dockerfile"):
            root = folder_of(path)
            near = next((by_root[above] for above in ancestors(root) if above in by_root), set())
            key = ProjectKey(root, self.name)
            projects.append(Project(key, needs=frozenset(near), jobs=(job,)))
        return Found(tuple(projects))
