"""Node: every `package.json`; workspaces of npm, yarn and pnpm relate and install them together."""

from deltaci.planner.ecosystems.node_packages import Package, read_packages
from deltaci.planner.files import RepositoryFiles, joined, relative
from deltaci.planner.model import CacheSpec
from deltaci.planner.projects import Found, JobTemplate, Project, ProjectKey

_TEST_FOLDERS = frozenset({"__mocks__", "__tests__", "e2e", "spec", "test", "tests"})
_MANAGERS = {
    "pnpm-lock.yaml": ("pnpm", "pnpm install --frozen-lockfile", "~/.local/share/pnpm/store"),
    "yarn.lock": ("yarn", "yarn install --immutable", "~/.cache/yarn"),
    "package-lock.json": ("npm", "npm ci --no-audit --no-fund", "~/.npm"),
    "npm-shrinkwrap.json": ("npm", "npm ci --no-audit --no-fund", "~/.npm"),
}
_UNLOCKED = ("npm", "npm install --no-audit --no-fund --no-package-lock", "~/.npm")
_SCRIPTS = (
    ("build", "npm run build", True),
    ("test", "npm test", True),
    ("lint", "npm run lint", False),
)


class Node:
    """Implements `Ecosystem`."""

    name = "node"
    build_files = frozenset({"package.json", "pnpm-workspace.yaml"})
    lock_files = frozenset(_MANAGERS)
    code_extensions = frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"})

    def is_test(self, path: str, /) -> bool:
        """Return whether test runners alone pick up the file, by their common conventions."""
        *folders, name = path.split("/")
        return not _TEST_FOLDERS.isdisjoint(folders) or ".test." in name or ".spec." in name

    def discover(self, files: RepositoryFiles, _found: tuple[Project, ...], /) -> Found:
        """Return one project per package, with an edge per local package that it depends on."""
        doubts: list[str] = []
        packages = read_packages(files, doubts)
        by_name: dict[str, str] = {}
        for root, package in packages.items():
            if package.name:
                by_name.setdefault(package.name, root)
        projects = []
        for root, package in packages.items():
            needs = {by_name[name] for name in package.requires if name in by_name}
            needs |= {path for path in package.paths if path in packages}
            projects.append(
                Project(
                    key=ProjectKey(root, "node"),
                    needs=frozenset(ProjectKey(need, "node") for need in needs - {root}),
                    shared=_shared(files, package),
                    jobs=_jobs(files, package, packages[package.workspace]),
                )
            )
        return Found(tuple(projects), tuple(doubts))


def _shared(files: RepositoryFiles, package: Package) -> frozenset[str]:
    """What the workspace's root holds for its members."""
    if package.workspace == package.root:
        return frozenset()
    names = ("package.json", "pnpm-workspace.yaml", *_MANAGERS)
    candidates = (joined(package.workspace, name) for name in names)
    return frozenset(path for path in candidates if files.exists(path))


def _jobs(files: RepositoryFiles, package: Package, workspace: Package) -> tuple[JobTemplate, ...]:
    lock = next((n for n in _MANAGERS if files.exists(joined(workspace.root, n))), "")
    manager, install, store = _MANAGERS.get(lock, _UNLOCKED)
    installs = package.has_dependencies or workspace.has_dependencies
    steps = (_in_folder(workspace.root, package.root, install),) if installs else ()
    caches = (_cache(files, package, workspace, lock, store),) if installs else ()
    jobs: list[JobTemplate] = []
    for kind, command, required in _SCRIPTS:
        run = command.replace("npm", manager, 1)
        if kind in package.scripts:
            jobs.append(_job(kind, run, required, (*steps, run), caches, jobs))
        elif kind == "build" and installs and (package.scripts or package.has_dependencies):
            jobs.append(_job(kind, f"{manager} install", required, steps, caches, jobs))
    return tuple(jobs)


def _job(
    kind: str,
    label: str,
    required: bool,
    steps: tuple[str, ...],
    caches: tuple[CacheSpec, ...],
    before: list[JobTemplate],
) -> JobTemplate:
    return JobTemplate(
        kind=kind,
        label=label,
        steps=steps,
        required=required,
        after=tuple(job.kind for job in before if job.kind == "build"),
        on_docs=kind == "build",
        caches=caches,
    )


def _in_folder(folder: str, root: str, command: str) -> str:
    return command if folder == root else f"cd {_quoted(relative(folder, root))} && {command}"


def _quoted(relative: str) -> str:
    """A path of `..` parts only, since a workspace's root is above its members."""
    return relative if set(relative) <= {".", "/"} else f"'{relative}'"


def _cache(
    files: RepositoryFiles, package: Package, workspace: Package, lock: str, store: str
) -> CacheSpec:
    names = [joined(workspace.root, "package.json"), joined(package.root, "package.json")]
    inputs = [joined(workspace.root, lock)] if lock else names
    return CacheSpec("deps", f"node:deps:{files.digest(inputs)}", (store,))
