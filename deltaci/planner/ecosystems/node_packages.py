"""Reading `package.json` and the workspace globs that join packages."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from typing import Any

from deltaci.planner.files import RepositoryFiles, ancestors, folder_of, joined, resolved
from deltaci.planner.projects import ROOT

_DEPENDENCY_TABLES = (
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
)
_LOCAL_PROTOCOLS = ("file:", "link:", "portal:")
_PLACEHOLDER_TEST = "no test specified"
_PNPM_ITEM = re.compile(r"""^\s*-\s*["']?([^"'#\s]+)["']?\s*(?:#.*)?$""")


@dataclass(frozen=True, slots=True)
class Package:
    """One `package.json`. `workspace` is the folder that installs it: its own, or its root's."""

    root: str
    name: str
    scripts: frozenset[str]
    requires: frozenset[str]
    paths: frozenset[str]
    has_dependencies: bool
    globs: tuple[str, ...]
    workspace: str


def read_packages(files: RepositoryFiles, doubts: list[str]) -> dict[str, Package]:
    """Return every package by its folder; an unreadable one becomes a doubt."""
    packages: dict[str, Package] = {}
    for path in files.named("package.json"):
        package = _read(files, path)
        if package is None:
            doubts.append(f"{path} is unreadable")
        root = folder_of(path)
        packages[root] = package or _unreadable(root)
    roots = {root: _matcher(package.globs) for root, package in packages.items() if package.globs}
    return {root: _joined_to_workspace(package, roots) for root, package in packages.items()}


def _read(files: RepositoryFiles, path: str) -> Package | None:
    try:
        content = json.loads(files.text(path) or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    root = folder_of(path)
    tables = [_table(content, name) for name in _DEPENDENCY_TABLES]
    wanted = [str(version) for table in tables for version in table.values()]
    name = content.get("name")
    return Package(
        root=root,
        name=name if isinstance(name, str) else "",
        scripts=_scripts(_table(content, "scripts")),
        requires=frozenset(key for table in tables for key in table),
        paths=_local_paths(root, wanted),
        has_dependencies=any(tables[:3]),
        globs=_globs(files, root, content.get("workspaces")),
        workspace=root,
    )


def _unreadable(root: str) -> Package:
    """Stands for a package whose installation will fail, with the package manager's own words."""
    nothing: frozenset[str] = frozenset()
    return Package(root, "", nothing, nothing, nothing, True, (), root)  # noqa: FBT003 - in order


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _scripts(table: Mapping[str, Any]) -> frozenset[str]:
    """The scripts that do something: npm's placeholder for a missing test does not count."""
    return frozenset(
        name
        for name, command in table.items()
        if isinstance(command, str) and not (name == "test" and _PLACEHOLDER_TEST in command)
    )


def _local_paths(root: str, wanted: Iterable[str]) -> frozenset[str]:
    relatives = (
        version.partition(":")[2] for version in wanted if version.startswith(_LOCAL_PROTOCOLS)
    )
    targets = (resolved(root, relative) for relative in relatives)
    return frozenset(target for target in targets if target is not None)


def _globs(files: RepositoryFiles, root: str, declared: Any) -> tuple[str, ...]:
    if isinstance(declared, dict):
        declared = declared.get("packages")
    globs = (
        [each for each in declared if isinstance(each, str)] if isinstance(declared, list) else []
    )
    pnpm = files.text(joined(root, "pnpm-workspace.yaml"))
    return (*globs, *_pnpm_globs(pnpm or ""))


def _pnpm_globs(text: str) -> list[str]:
    """The items of the top-level `packages` list; the file is nothing else that matters here."""
    globs = []
    inside = False
    for line in text.splitlines():
        if line and not line[0].isspace() and not line.startswith(("-", "#")):
            inside = line.startswith("packages:")
        elif inside and (match := _PNPM_ITEM.match(line)):
            globs.append(match[1])
    return globs


@dataclass(frozen=True, slots=True)
class _Matcher:
    included: tuple[re.Pattern[str], ...]
    excluded: tuple[re.Pattern[str], ...]

    def matches(self, folder: str) -> bool:
        return any(each.match(folder) for each in self.included) and not any(
            each.match(folder) for each in self.excluded
        )


def _matcher(globs: tuple[str, ...]) -> _Matcher:
    included = tuple(_pattern(each) for each in globs if not each.startswith("!"))
    excluded = tuple(_pattern(each[1:]) for each in globs if each.startswith("!"))
    return _Matcher(included, excluded)


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` stays within one folder, `**` crosses them."""
    clean = glob.removeprefix("./").rstrip("/")
    parts = []
    for part in clean.split("/"):
        if part == "**":
            parts.append("(?:.+/)?" if part != clean.split("/")[-1] else ".+/")
        else:
            inner = translate(part).removeprefix("(?s:").removesuffix(r")\Z")
            parts.append(inner.replace(".*", "[^/]*") + "/")
    return re.compile("".join(parts) + r"\Z")


def _joined_to_workspace(package: Package, roots: Mapping[str, _Matcher]) -> Package:
    for above in ancestors(package.root):
        if above != package.root and above in roots:
            inside = package.root if above == ROOT else package.root[len(above) + 1 :]
            if roots[above].matches(inside + "/"):
                return replace(package, workspace=above)
    return package
