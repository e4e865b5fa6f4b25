"""Go: every `go.mod` is a project; a root `go.work` names those that count (spec §4.2, §4.4)."""

from deltaci.planner.ecosystems.go_modules import (
    UNREADABLE,
    Module,
    Workspace,
    parse_module,
    parse_workspace,
)
from deltaci.planner.files import RepositoryFiles, folder_of, joined, resolved
from deltaci.planner.model import CacheSpec
from deltaci.planner.projects import ROOT, Found, JobTemplate, Project, ProjectKey

WORKSPACE_FILE = "go.work"


class Go:
    """Implements `Ecosystem`."""

    name = "go"
    build_files = frozenset({"go.mod", "go.work"})
    lock_files = frozenset({"go.sum", "go.work.sum"})
    code_extensions = frozenset({".go"})

    def is_test(self, path: str, /) -> bool:
        """Return whether the compiler leaves the file out of the package."""
        return path.endswith("_test.go") or "testdata" in path.split("/")

    def discover(self, files: RepositoryFiles, _found: tuple[Project, ...], /) -> Found:
        """Return one project per module, with an edge per required or replaced module."""
        doubts: list[str] = []
        workspace = _workspace(files, doubts)
        modules = _modules(files, workspace, doubts)
        roots = {module.path: root for root, module in modules.items() if module.path}
        projects = []
        for root, module in modules.items():
            needs = {roots[path] for path in module.requires if path in roots}
            needs |= _replaced(root, module, modules, doubts)
            if workspace is not None:
                needs |= {
                    target
                    for path, relative in workspace.replaces
                    if path in module.requires and (target := resolved(ROOT, relative)) in modules
                }
            projects.append(
                Project(
                    key=ProjectKey(root, "go"),
                    needs=frozenset(ProjectKey(need, "go") for need in needs - {root}),
                    jobs=_jobs(files, root),
                )
            )
        return Found(tuple(projects), tuple(doubts))


def _workspace(files: RepositoryFiles, doubts: list[str]) -> Workspace | None:
    if not files.exists(WORKSPACE_FILE):
        return None
    text = files.text(WORKSPACE_FILE)
    workspace = parse_workspace(text) if text is not None else None
    if workspace is None or not workspace.uses:
        doubts.append("go.work is unreadable or empty")
        return None
    return workspace


def _modules(
    files: RepositoryFiles, workspace: Workspace | None, doubts: list[str]
) -> dict[str, Module]:
    if workspace is None:
        roots = [folder_of(path) for path in files.named("go.mod")]
    else:
        roots = _used_roots(workspace, doubts)
    modules = {}
    for root in roots:
        path = joined(root, "go.mod")
        text = files.text(path)
        module = parse_module(text) if text is not None else None
        if module is None:
            doubts.append(f"{path} is missing or unreadable")
        if module is not None or files.exists(path):
            modules[root] = module or UNREADABLE
    return modules


def _used_roots(workspace: Workspace, doubts: list[str]) -> list[str]:
    roots = set()
    for relative in workspace.uses:
        root = resolved(ROOT, relative)
        if root is None:
            doubts.append(f"go.work uses {relative}, which is outside the repository")
        else:
            roots.add(root)
    return sorted(roots)


def _replaced(root: str, module: Module, modules: dict[str, Module], doubts: list[str]) -> set[str]:
    needs = set()
    for path, relative in module.replaces:
        target = resolved(root, relative)
        if target in modules:
            needs.add(target)
        else:
            doubts.append(f"{joined(root, 'go.mod')} replaces {path} with {relative}, not a module")
    return needs


def _jobs(files: RepositoryFiles, root: str) -> tuple[JobTemplate, ...]:
    locks = [joined(root, "go.mod"), joined(root, "go.sum")]
    key = f"go:deps:{files.digest(locks, base=root)}"
    caches = (CacheSpec(type="deps", key=key, paths=("~/go/pkg/mod",)),)
    return (
        JobTemplate("build", "go build", ("go build ./...",), on_docs=True, caches=caches),
        JobTemplate("test", "go test", ("go test ./...",), after=("build",), caches=caches),
        JobTemplate(
            "lint", "go vet", ("go vet ./...",), required=False, after=("build",), caches=caches
        ),
    )
