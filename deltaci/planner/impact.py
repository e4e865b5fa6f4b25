"""How far a change reaches: which projects, how deeply, and by which chain."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from deltaci.planner.files import ancestors, folder_of
from deltaci.planner.model import Change, ChangeKind, Diff, EntryKind, Tree
from deltaci.planner.projects import ROOT, Discovery, ProjectKey
from deltaci.planner.roles import BUILD_FILES, CODE_OF, Role, role_of


class Reach(IntEnum):
    """How deeply a change touches a project."""

    NONE = 0
    DOCS = 1
    TESTS = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Touch:
    """Why a project is touched: by its own files, by shared ones, or through `via`."""

    reach: Reach
    shared: str = ""
    via: ProjectKey | None = None


@dataclass(slots=True)
class Impact:
    """The whole reach of a change. With `whole_repository`, every project is touched in full."""

    unknown: str = ""
    paths: tuple[str, ...] = ()
    touched: dict[ProjectKey, Touch] = field(default_factory=dict)
    global_paths: list[str] = field(default_factory=list)
    unowned: list[str] = field(default_factory=list)
    graph_incomplete: bool = False
    has_code: bool = False
    docs_only: bool = False

    @property
    def whole_repository(self) -> bool:
        """Whether the reach cannot be narrowed to projects."""
        narrowed = self.docs_only or not (
            self.global_paths or self.unowned or self.graph_incomplete
        )
        return bool(self.unknown) or not narrowed

    def reach(self, key: ProjectKey) -> Reach:
        """Return how deeply the project is touched."""
        if self.whole_repository:
            return Reach.FULL
        touch = self.touched.get(key)
        return touch.reach if touch else Reach.NONE


def impact_of(diff: Diff, tree: Tree, discovery: Discovery) -> Impact:
    """Return the reach of `diff`; what is not known for sure reaches everything."""
    if diff.unavailable:
        return Impact(unknown="diff unavailable")
    if not diff.changes:
        return Impact(unknown="diff empty")
    impact = Impact(paths=changed_paths(diff), graph_incomplete=bool(discovery.doubts))
    owners = _Owners(discovery)
    removed = _removed_paths(diff)
    roles = {path: _touch_path(path, impact, owners, tree, removed) for path in impact.paths}
    impact.docs_only = set(roles.values()) == {Role.DOCS}
    impact.has_code = any(_is_code(path, role) for path, role in roles.items())
    if not impact.whole_repository:
        _touch_shared(impact, discovery)
        _touch_dependents(impact, discovery)
    return impact


def changed_paths(diff: Diff) -> tuple[str, ...]:
    """Return every path that a change names, both names of a rename included, sorted."""
    names = {change.path for change in diff.changes}
    names |= {change.old_path for change in diff.changes if change.old_path is not None}
    return tuple(sorted(names))


class _Owners:
    """Who owns a path: the projects of the nearest folder, and the nearest of its language."""

    def __init__(self, discovery: Discovery) -> None:
        self._by_root: dict[str, dict[str, ProjectKey]] = {}
        for project in discovery.projects:
            self._by_root.setdefault(project.key.root, {})[project.key.ecosystem] = project.key
        self._by_folder: dict[tuple[str, str], tuple[ProjectKey, ...]] = {}

    def of(self, path: str) -> tuple[ProjectKey, ...]:
        folder = folder_of(path)
        language = CODE_OF.get(path[path.rfind(".") :], "") if "." in path else ""
        known = self._by_folder.get((folder, language))
        if known is None:
            known = self._by_folder[folder, language] = tuple(self._find(folder, language))
        return known

    def _find(self, folder: str, language: str) -> Iterable[ProjectKey]:
        above = [self._by_root[each] for each in ancestors(folder) if each in self._by_root]
        owners = dict.fromkeys(above[0].values()) if above else {}
        own_language = next((each[language] for each in above if language in each), None)
        if own_language is not None:
            owners[own_language] = None
        return owners


def _touch_path(
    path: str, impact: Impact, owners: _Owners, tree: Tree, removed: frozenset[str]
) -> Role:
    owned_by = owners.of(path)
    role = role_of(path, max((key.root for key in owned_by), key=len, default=ROOT))
    entry = tree.entries.get(path)
    if entry is not None and entry.kind is not EntryKind.FILE:
        role = Role.GLOBAL if role is Role.GLOBAL else Role.OTHER
    if path in removed and path.rpartition("/")[2] in BUILD_FILES:
        role = Role.GLOBAL
    if role is Role.GLOBAL:
        impact.global_paths.append(path)
    elif not owned_by and role is not Role.DOCS:
        impact.unowned.append(path)
    for key in owned_by:
        _touch(impact, key, Touch(_REACH.get(role, Reach.FULL)))
    return role


_REACH = {Role.DOCS: Reach.DOCS, Role.TEST: Reach.TESTS}


def _touch(impact: Impact, key: ProjectKey, touch: Touch) -> bool:
    """Record the touch if it goes deeper than what is known; say whether it did."""
    known = impact.touched.get(key)
    if known is not None and known.reach >= touch.reach:
        return False
    impact.touched[key] = touch
    return True


def _touch_shared(impact: Impact, discovery: Discovery) -> None:
    changed = frozenset(impact.paths)
    for project in discovery.projects:
        for path in sorted(project.shared & changed):
            _touch(impact, project.key, Touch(Reach.FULL, shared=path))


def _touch_dependents(impact: Impact, discovery: Discovery) -> None:
    dependents: dict[ProjectKey, list[ProjectKey]] = {}
    for project in discovery.projects:
        for need in project.needs:
            dependents.setdefault(need, []).append(project.key)
    wave = [key for key, touch in impact.touched.items() if touch.reach is Reach.FULL]
    while wave:
        reached = []
        for key in sorted(wave):
            touch = Touch(Reach.FULL, via=key)
            reached += [each for each in dependents.get(key, ()) if _touch(impact, each, touch)]
        wave = reached


def _removed_paths(diff: Diff) -> frozenset[str]:
    """Paths that are gone: deleted, or the old name of a rename."""
    return frozenset(path for change in diff.changes if (path := _gone(change)) is not None)


def _gone(change: Change) -> str | None:
    return change.path if change.kind is ChangeKind.DELETED else change.old_path


def _is_code(path: str, role: Role) -> bool:
    name = path.rpartition("/")[2]
    known = "." in name and name[name.rfind(".") :] in CODE_OF
    return known or role in {Role.BUILD, Role.LOCK} or name in _GO_MODULE_FILES


_GO_MODULE_FILES = frozenset({"go.mod", "go.sum", "go.work", "go.work.sum"})
