"""What part a changed path plays in its project (spec §4.3)."""

import re
from enum import StrEnum

from deltaci.planner.ecosystems import ECOSYSTEMS
from deltaci.planner.files import folder_of
from deltaci.planner.fingerprint import CONFIG_FILE
from deltaci.planner.projects import ROOT


class Role(StrEnum):
    """The part that a path plays, which decides how far its change reaches."""

    DOCS = "docs"
    TEST = "test"
    SOURCE = "source"
    BUILD = "build file"
    LOCK = "lockfile"
    GLOBAL = "global"
    OTHER = "other"


CODE_OF = {
    extension: ecosystem.name for ecosystem in ECOSYSTEMS for extension in ecosystem.code_extensions
}
"""The ecosystem that a file ending belongs to."""

BUILD_FILES = frozenset().union(*(ecosystem.build_files for ecosystem in ECOSYSTEMS))
LOCK_FILES = frozenset().union(*(ecosystem.lock_files for ecosystem in ECOSYSTEMS))
_IS_TEST = {
    extension: ecosystem.is_test
    for ecosystem in ECOSYSTEMS
    for extension in ecosystem.code_extensions
}
_DOCS_ENDINGS = (".md", ".markdown", ".rst", ".adoc")
_TEST_DATA_FOLDERS = frozenset(
    {
        "__fixtures__",
        "__snapshots__",
        "__tests__",
        "fixtures",
        "golden",
        "test",
        "testdata",
        "tests",
    }
)
_GLOBAL_NAMES = frozenset(
    {
        ".gitattributes",
        ".gitmodules",
        ".node-version",
        ".npmrc",
        ".nvmrc",
        ".pre-commit-config.yaml",
        ".python-version",
        ".tool-versions",
        "Dockerfile",
        "Makefile",
        "Taskfile.yml",
        "conftest.py",
        "go.mod",
        "go.sum",
        "go.work",
        "go.work.sum",
        "justfile",
        "mypy.ini",
        "noxfile.py",
        "pytest.ini",
        "tox.ini",
        CONFIG_FILE,
    }
)
_GLOBAL_PATTERN = re.compile(
    r"(?:tsconfig.*\.json"
    r"|\.?(?:eslint|prettier|babel|jest|vitest|turbo|nx|lerna|golangci|ruff|yarn|flake8|swc)"
    r"(?:rc|\.config)?(?:\.(?:json|ya?ml|toml|[cm]?[jt]s))?)"
)


def role_of(path: str, owner_root: str) -> Role:
    """Return the role of `path`, which the project in `owner_root` owns (`.` when nobody does)."""
    inside = path if owner_root == ROOT else path[len(owner_root) + 1 :]
    name = inside.rpartition("/")[2]
    ending = name[name.rfind(".") :] if "." in name else ""
    is_code = ending in CODE_OF or name in BUILD_FILES or name in LOCK_FILES
    folders = inside.split("/")[:-1]
    in_test_data = not _TEST_DATA_FOLDERS.isdisjoint(folders)
    if not is_code and not in_test_data and is_documentation(path, inside):
        return Role.DOCS
    if is_global(path):
        return Role.GLOBAL
    if ending in CODE_OF:
        return Role.TEST if _IS_TEST[ending](inside) else Role.SOURCE
    if in_test_data:
        return Role.TEST
    if name in LOCK_FILES:
        return Role.LOCK
    return Role.BUILD if name in BUILD_FILES else Role.OTHER


def is_documentation(path: str, inside: str) -> bool:
    """Whether the name says documentation; the caller has ruled out code and test data."""
    return (
        path.startswith("docs/")
        or inside.startswith("docs/")
        or path.lower().endswith(_DOCS_ENDINGS)
    )


def is_global(path: str) -> bool:
    """Whether the path is at the repository's root and shapes every project."""
    if path.startswith(".github/"):
        return True
    return folder_of(path) == ROOT and (
        path in _GLOBAL_NAMES or _GLOBAL_PATTERN.fullmatch(path) is not None
    )
