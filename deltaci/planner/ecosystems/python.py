"""Python: pyproject, setup and requirements projects, related by path or by distribution name."""

from collections.abc import Mapping

from deltaci.planner.ecosystems.python_jobs import python_jobs
from deltaci.planner.ecosystems.python_manifests import (
    BUILD_FILES,
    LOCK_FILES,
    Manifest,
    read_manifest,
)
from deltaci.planner.ecosystems.python_project import PythonProject
from deltaci.planner.files import RepositoryFiles, ancestors, folder_of, joined
from deltaci.planner.projects import ROOT, Found, Project, ProjectKey

_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_SHARED_FILES = ("pyproject.toml", *sorted(LOCK_FILES))


class Python:
    """Implements `Ecosystem`."""

    name = "python"
    build_files = BUILD_FILES
    lock_files = LOCK_FILES
    code_extensions = frozenset({".py", ".pyi", ".pyx", ".pxd"})

    def is_test(self, path: str, /) -> bool:
        """Return whether a test runner, and nothing else, would import the file."""
        *folders, name = path.split("/")
        if not _TEST_FOLDERS.isdisjoint(folders):
            return True
        stem = name.rpartition(".")[0]
        return stem == "conftest" or stem.startswith("test_") or stem.endswith("_test")

    def discover(self, files: RepositoryFiles, _found: tuple[Project, ...], /) -> Found:
        """Return one project per folder with a manifest that says, or has, something to build."""
        doubts: list[str] = []
        candidates = _candidates(files)
        owned, tested = _owners_of_code(files, candidates)
        manifests: dict[str, Manifest] = {}
        for root in candidates:
            manifest = read_manifest(files, root, doubts)
            if manifest.is_package or root in owned:
                manifests[root] = manifest
        needs = _edges(manifests)
        ours = frozenset(manifest.name for manifest in manifests.values())
        projects = []
        for root, manifest in manifests.items():
            project = PythonProject(root, tuple(_transitive(root, needs)), manifests, ours)
            projects.append(
                Project(
                    key=ProjectKey(root, "python"),
                    needs=frozenset(ProjectKey(need, "python") for need in needs[root]),
                    shared=_shared(files, root) | manifest.includes,
                    jobs=python_jobs(files, project, has_tests=root in tested),
                )
            )
        return Found(tuple(projects), tuple(doubts))


def _owners_of_code(files: RepositoryFiles, candidates: list[str]) -> tuple[set[str], set[str]]:
    """Return the candidate folders that hold Python code, and those that hold tests."""
    roots = set(candidates)
    owned, tested = set(), set()
    for path in files.with_extension(".py"):
        owner = next((above for above in ancestors(folder_of(path)) if above in roots), None)
        if owner is None:
            continue
        inside = path if owner == ROOT else path[len(owner) + 1 :]
        name = inside.rpartition("/")[2]
        owned.add(owner)
        if name.startswith("test") or name.endswith("_test.py"):
            tested.add(owner)
    return owned, tested


def _candidates(files: RepositoryFiles) -> list[str]:
    return sorted({folder_of(path) for name in _PROJECT_FILES for path in files.named(name)})


def _edges(manifests: Mapping[str, Manifest]) -> dict[str, frozenset[str]]:
    """Return for each project the projects that it needs, by path or by distribution name."""
    by_name: dict[str, str] = {}
    for root, manifest in manifests.items():
        if manifest.name:
            by_name.setdefault(manifest.name, root)
    edges = {}
    for root, manifest in manifests.items():
        named = {by_name[name] for name in manifest.required_names if name in by_name}
        paths = {path for path in manifest.paths if path in manifests}
        edges[root] = frozenset((named | paths) - {root})
    return edges


def _shared(files: RepositoryFiles, root: str) -> frozenset[str]:
    """Locks and project settings of the folders above, which tools apply to this one as well."""
    above = [folder for folder in ancestors(root) if folder != root]
    candidates = (joined(folder, name) for folder in above for name in _SHARED_FILES)
    return frozenset(path for path in candidates if files.exists(path))


def _transitive(root: str, needs: Mapping[str, frozenset[str]]) -> list[str]:
    """Everything that the project needs, directly or through others."""
    seen = {root}
    waiting = [root]
    while waiting:
        fresh = needs[waiting.pop()] - seen
        seen |= fresh
        waiting.extend(fresh)
    return sorted(seen - {root})
