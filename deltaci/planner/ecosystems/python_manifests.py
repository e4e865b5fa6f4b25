"""Reading what a Python project says about itself, without running any of it."""

import configparser
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deltaci.planner.ecosystems.python_requirements import (
    canonical_name,
    parse_requirements,
    requirement_name,
    requirement_path,
)
from deltaci.planner.ecosystems.python_setup import setup_keywords
from deltaci.planner.files import RepositoryFiles, joined, resolved

LOCK_FILES = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"})
REQUIREMENTS_FILES = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements_dev.txt",
    "requirements_test.txt",
    "dev-requirements.txt",
    "test-requirements.txt",
)
BUILD_FILES = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "ruff.toml", ".ruff.toml", ".flake8"}
    | set(REQUIREMENTS_FILES)
)
_TEST_GROUPS = ("dev", "develop", "development", "test", "tests", "testing")


@dataclass(slots=True)
class Manifest:
    """One Python project as its files describe it.

    `requirements` are needed to run, `test_requirements` to test; both as pip reads them. `paths`
    are the local folders required, `includes` the requirements files outside the project. `groups`
    and `extras` are the names that hold test requirements.
    """

    name: str = ""
    is_package: bool = False
    is_installable: bool = False
    is_dynamic: bool = False
    requirements: list[str] = field(default_factory=list)
    test_requirements: list[str] = field(default_factory=list)
    requirements_files: list[str] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    includes: frozenset[str] = frozenset()
    extras: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    import_roots: list[str] = field(default_factory=list)
    linter: str = ""

    @property
    def required_names(self) -> frozenset[str]:
        """The canonical names of everything required."""
        every = [*self.requirements, *self.test_requirements]
        return frozenset(name for line in every if (name := requirement_name(line)))


def read_manifest(files: RepositoryFiles, root: str, doubts: list[str]) -> Manifest:
    """Return what the manifests in `root` say together; an unreadable one becomes a doubt."""
    manifest = Manifest()
    _read_setup_py(files, root, manifest)
    _read_setup_cfg(files, root, manifest, doubts)
    _read_pyproject(files, root, manifest, doubts)
    _read_requirements(files, root, manifest)
    for line in [*manifest.requirements, *manifest.test_requirements]:
        manifest.paths |= _inside(root, [requirement_path(line)])
    if any(files.exists(joined(root, name)) for name in ("ruff.toml", ".ruff.toml")):
        manifest.linter = "ruff"
    elif not manifest.linter and files.exists(joined(root, ".flake8")):
        manifest.linter = "flake8"
    return manifest


def _read_pyproject(
    files: RepositoryFiles, root: str, manifest: Manifest, doubts: list[str]
) -> None:
    path = joined(root, "pyproject.toml")
    if not files.exists(path):
        return
    try:
        content = tomllib.loads(files.text(path) or "=")
    except (tomllib.TOMLDecodeError, RecursionError):
        doubts.append(f"{path} is unreadable")
        manifest.is_package = manifest.is_installable = manifest.is_dynamic = True
        return
    tool = _table(content, "tool")
    project = _table(content, "project")
    manifest.is_installable |= "build-system" in content
    manifest.is_package |= bool(project or _table(tool, "poetry") or "build-system" in content)
    _read_project(project, manifest)
    for name, lines in _table(content, "dependency-groups").items():
        if name in _TEST_GROUPS:
            manifest.groups.append(name)
            manifest.test_requirements.extend(_strings(lines))
    _read_poetry(_table(tool, "poetry"), root, manifest)
    sources = _table(_table(tool, "uv"), "sources")
    manifest.paths |= _inside(root, (_text(_as_table(each), "path") for each in sources.values()))
    for lines in _table(_table(tool, "pdm"), "dev-dependencies").values():
        manifest.test_requirements.extend(_strings(lines))
    find = _table(_table(_table(tool, "setuptools"), "packages"), "find")
    manifest.import_roots.extend(_strings(find.get("where")))
    manifest.import_roots.extend(
        _strings([_table(_table(tool, "setuptools"), "package-dir").get("")])
    )
    if "ruff" in tool:
        manifest.linter = "ruff"


def _read_project(project: Mapping[str, Any], manifest: Manifest) -> None:
    manifest.name = canonical_name(_text(project, "name")) or manifest.name
    manifest.is_dynamic |= "dependencies" in _strings(project.get("dynamic"))
    manifest.requirements.extend(_strings(project.get("dependencies")))
    for name, lines in _table(project, "optional-dependencies").items():
        if name in _TEST_GROUPS:
            manifest.extras.append(name)
            manifest.test_requirements.extend(_strings(lines))


def _read_poetry(poetry: Mapping[str, Any], root: str, manifest: Manifest) -> None:
    manifest.name = manifest.name or canonical_name(_text(poetry, "name"))
    _read_poetry_table(_table(poetry, "dependencies"), root, manifest.requirements, manifest)
    groups = [_as_table(group) for group in _table(poetry, "group").values()]
    tables = [_table(group, "dependencies") for group in groups]
    for table in [*tables, _table(poetry, "dev-dependencies")]:
        _read_poetry_table(table, root, manifest.test_requirements, manifest)


def _read_poetry_table(
    table: Mapping[str, Any], root: str, requirements: list[str], manifest: Manifest
) -> None:
    for name, wanted in table.items():
        if name != "python":
            requirements.append(name)
            manifest.paths |= _inside(root, [_text(_as_table(wanted), "path")])


def _read_setup_cfg(
    files: RepositoryFiles, root: str, manifest: Manifest, doubts: list[str]
) -> None:
    path = joined(root, "setup.cfg")
    if not files.exists(path):
        return
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(files.text(path) or "")
    except configparser.Error:
        doubts.append(f"{path} is unreadable")
        return
    if parser.has_section("metadata") or parser.has_section("options"):
        manifest.is_package = manifest.is_installable = True
    manifest.name = canonical_name(parser.get("metadata", "name", fallback="")) or manifest.name
    lines = parser.get("options", "install_requires", fallback="").splitlines()
    manifest.requirements.extend(line.strip() for line in lines if line.strip())
    for name in _TEST_GROUPS:
        lines = parser.get("options.extras_require", name, fallback="").splitlines()
        manifest.test_requirements.extend(line.strip() for line in lines if line.strip())
    if parser.has_section("flake8"):
        manifest.linter = "flake8"


def _read_setup_py(files: RepositoryFiles, root: str, manifest: Manifest) -> None:
    path = joined(root, "setup.py")
    if not files.exists(path):
        return
    manifest.is_package = manifest.is_installable = True
    keywords = setup_keywords(files.text(path) or "")
    if keywords is None:
        manifest.is_dynamic = True
        return
    manifest.name = canonical_name(_text(keywords, "name"))
    manifest.requirements.extend(_strings(keywords.get("install_requires")))
    for name, lines in _table(keywords, "extras_require").items():
        if name in _TEST_GROUPS:
            manifest.test_requirements.extend(_strings(lines))


def _read_requirements(files: RepositoryFiles, root: str, manifest: Manifest) -> None:
    for name in REQUIREMENTS_FILES:
        path = joined(root, name)
        text = files.text(path)
        if text is None:
            continue
        lines, included = parse_requirements(files, path, text)
        wanted = manifest.requirements if name == "requirements.txt" else manifest.test_requirements
        wanted.extend(lines)
        manifest.requirements_files.append(name)
        prefix = "" if root == "." else f"{root}/"
        manifest.includes |= {each for each in included if not each.startswith(prefix)}


def _inside(root: str, relatives: Iterable[str]) -> set[str]:
    targets = (resolved(root, relative) for relative in relatives if relative)
    return {target for target in targets if target is not None}


def _table(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _as_table(content.get(name))


def _as_table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""
