"""Everything that the repository can build, found from the tree alone."""

from deltaci.planner.display import printable
from deltaci.planner.ecosystems import ECOSYSTEMS
from deltaci.planner.files import RepositoryFiles
from deltaci.planner.fingerprint import FINGERPRINT_NAMES
from deltaci.planner.model import Tree
from deltaci.planner.projects import Discovery, Project, name_projects

_EXTENSIONS = frozenset({".py"})
_NOTED_NAMES = FINGERPRINT_NAMES | {"README.md", "CONTRIBUTING.md"}
"""Root files that explanations list as discovered."""


def read_files(tree: Tree) -> RepositoryFiles:
    """Index the tree and read every file that planning may look into."""
    return RepositoryFiles(tree, FINGERPRINT_NAMES, _EXTENSIONS)


def discover(tree: Tree, files: RepositoryFiles) -> Discovery:
    """Return all projects, sorted by folder, with whatever is doubtful about their edges."""
    found: list[Project] = []
    doubts = [f"{printable(path)} is no usable file" for path in files.unusable]
    for ecosystem in ECOSYSTEMS:
        answer = ecosystem.discover(files, tuple(found))
        found.extend(answer.projects)
        doubts.extend(answer.doubts)
    order = {ecosystem.name: position for position, ecosystem in enumerate(ECOSYSTEMS)}
    found.sort(key=lambda project: (project.key.root, order[project.key.ecosystem]))
    projects = tuple(found)
    return Discovery(
        projects=projects,
        doubts=tuple(sorted(set(doubts))),
        files=tuple(sorted(name for name in _NOTED_NAMES if name in tree.entries)),
        names=name_projects(projects),
    )
