"""Files and functions stay small, and modules say what is inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Not migrations: each is written once, by Alembic, and then never touched.
OURS = (
    *("deltaci", "api", "web", "workflows", "activities"),
    *("scripts", "benchmarks", "examples", "tests"),
)
SINGLE_FILES = ("worker.py",)

FILE_HABIT, FILE_LIMIT, FUNCTION_LIMIT = 300, 500, 60
VAGUE = {"util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "stuff"}

# Files longer than the habit, with the length that they may not exceed. Numbers only go down, and
# a file that is back within the habit leaves the list.
LONG_FILES: dict[str, int] = {
    "scripts/ci/register_build.py": 379,  # one file by contract: jobs of any CI fetch just this
}


def _modules(root: Path) -> Iterator[Path]:
    for folder in OURS:
        yield from (root / folder).rglob("*.py")
    yield from (root / name for name in SINGLE_FILES if (root / name).exists())


def _lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def overlong_files(root: Path, allowed: dict[str, int]) -> list[str]:
    lengths = {str(file.relative_to(root)): _lines(file) for file in _modules(root)}
    return [
        f"{name} has {length} lines; at most {min(allowed.get(name, FILE_HABIT), FILE_LIMIT)}"
        for name, length in sorted(lengths.items())
        if length > min(allowed.get(name, FILE_HABIT), FILE_LIMIT)
    ]


def overlong_functions(root: Path) -> list[str]:
    return [
        f"{file.relative_to(root)}:{node.lineno} {node.name} has {length} lines"
        for file in _modules(root)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LIMIT
    ]


def vague_names(root: Path) -> list[str]:
    return sorted(
        str(file.relative_to(root))
        for file in _modules(root)
        if any(
            VAGUE & set(part.split("_")) for part in file.relative_to(root).with_suffix("").parts
        )
    )


def test_no_file_is_too_long() -> None:
    assert overlong_files(ROOT, LONG_FILES) == []


def test_the_list_of_long_files_only_shrinks() -> None:
    slack = {name: limit for name, limit in LONG_FILES.items() if _lines(ROOT / name) < limit}
    assert slack == {}, "these files got shorter: lower their numbers, or take them off the list"
    assert not [name for name, limit in LONG_FILES.items() if limit <= FILE_HABIT]


def test_no_function_is_too_long() -> None:
    assert overlong_functions(ROOT) == []


def test_no_module_has_a_vague_name() -> None:
    assert vague_names(ROOT) == []


@pytest.mark.parametrize(
    ("length", "allowed", "found"),
    [(300, 0, False), (301, 0, True), (301, 301, False), (302, 301, True), (501, 900, True)],
)
def test_an_overlong_file_is_found(tmp_path: Path, length: int, allowed: int, found: bool) -> None:
    (tmp_path / "worker.py").write_text("x = 1\n" * length)

    problems = overlong_files(tmp_path, {"worker.py": allowed} if allowed else {})

    assert bool(problems) is found


def test_an_overlong_function_is_found(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("async def main():\n" + "    pass\n" * FUNCTION_LIMIT)

    assert overlong_functions(tmp_path) == ["worker.py:1 main has 61 lines"]


@pytest.mark.parametrize("name", ["utils.py", "git_helpers.py", "common/paths.py"])
def test_a_vague_name_is_found(tmp_path: Path, name: str) -> None:
    file = tmp_path / "deltaci" / name
    file.parent.mkdir(parents=True)
    file.touch()

    assert vague_names(tmp_path) == [f"deltaci/{name}"]
