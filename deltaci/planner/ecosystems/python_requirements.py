"""Requirement lines: names, local paths, and the files that a requirements file includes."""

import re
from functools import lru_cache

from deltaci.planner.files import RepositoryFiles, folder_of, resolved

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_SEPARATORS = re.compile(r"[-_.]+")
_DIRECT = re.compile(
    r"^(?:-e\s*|--editable[ =]\s*)?(?:file:(?://)?)?(\.{1,2}(?:/[^\s;\[]*)?)(?=$|[\s;\[])"
)
_NAMED_FILE = re.compile(r"@\s*file:(?://)?(\.{1,2}/[^\s;]*)")
_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[ =]*(\S+)")
_INCLUDE_DEPTH_MAX = 5


def canonical_name(name: str) -> str:
    """Return the name as indexes compare it: lower case, one dash per separator run."""
    return _SEPARATORS.sub("-", name).lower()


@lru_cache(maxsize=10_000)
def requirement_name(line: str) -> str:
    """Return the canonical name that a requirement starts with; empty for paths and URLs."""
    if requirement_path(line) and "@" not in line:
        return ""
    match = _NAME.match(line)
    return canonical_name(match[1]) if match and "://" not in line.partition("@")[0] else ""


def requirement_path(line: str) -> str:
    """Return the relative folder that a requirement points at; empty when it does not."""
    match = _DIRECT.match(line.strip()) or _NAMED_FILE.search(line)
    return match[1] if match else ""


def parse_requirements(
    files: RepositoryFiles, path: str, text: str, depth: int = 0
) -> tuple[list[str], set[str]]:
    """Return the requirement lines of a file and of those that it includes, and their paths."""
    lines: list[str] = []
    included: set[str] = set()
    for raw in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).partition(" --hash")[0].strip()
        include = _INCLUDE.match(line)
        if include:
            target = resolved(folder_of(path), include[1])
            if target is None:
                continue
            included.add(target)
            content = files.text(target)
            if content is not None and depth < _INCLUDE_DEPTH_MAX:
                more, deeper = parse_requirements(files, target, content, depth + 1)
                lines.extend(more if line.startswith(("-r", "--r")) else [])
                included |= deeper
        elif line and (not line.startswith("-") or requirement_path(line)):
            lines.append(line)
    return lines, included
