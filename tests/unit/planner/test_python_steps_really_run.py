"""The steps of discovered Python jobs, run by a plain shell in a fresh copy, without a network."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

CORE = {
    "core/pyproject.toml": '[project]\nname = "shop-core"\nversion = "1"\n',
    "core/src/shop_core/__init__.py": "def one() -> int:\n    return 1\n",
    "core/tests/test_core.py": (
        "import unittest\nfrom shop_core import one\n\n"
        "class OneTest(unittest.TestCase):\n"
        "    def test_one(self) -> None:\n        self.assertEqual(one(), 1)\n"
    ),
}
APP = {
    "my app/pyproject.toml": (
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["shop-core"]\n'
    ),
    "my app/app.py": "from shop_core import one\n\ndef two() -> int:\n    return one() + 1\n",
    "my app/tests/__init__.py": "",
    "my app/tests/test_app.py": (
        "import subprocess, sys, unittest\nfrom app import two\n\n"
        "class TwoTest(unittest.TestCase):\n"
        "    def test_two(self) -> None:\n        self.assertEqual(two(), 2)\n"
        "    def test_elsewhere(self) -> None:\n"
        "        command = [sys.executable, '-c', 'import shop_core, app']\n"
        "        subprocess.run(command, cwd='/', check=True)\n"
    ),
}
PYTEST_STYLE = {
    "pyproject.toml": (
        '[project]\nname = "style"\nversion = "1"\n[dependency-groups]\ndev = ["pytest>=7"]\n'
    ),
    "style.py": "VALUE = 1\n",
    "tests/test_style.py": "from style import VALUE\n\ndef test_value():\n    assert VALUE == 1\n",
}


@pytest.fixture(params=["pytest", "unittest only"])
def tools(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder for PATH in which `python3` has pytest, or has nothing but the standard library."""
    folder = tmp_path / "tools"
    folder.mkdir()
    isolation = "" if request.param == "pytest" else "-S "
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {isolation}"$@"\n')
    python.chmod(0o755)
    return folder


def run_jobs(files: Mapping[str, str], path: str, tools: Path, folder: Path) -> dict[str, int]:
    """Return the exit code of each job, run step by step, each job in a copy of its own."""
    codes = {}
    for number, job in enumerate(plan(request_for(files, changed(path))).jobs):
        workspace = folder / f"workspace-{number}"
        for name, content in files.items():
            file = workspace / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        codes[job.name] = 0
        for step in job.spec.steps:
            codes[job.name] = codes[job.name] or run_step(step, workspace / job.spec.workdir, tools)
        shutil.rmtree(workspace)
    return codes


def run_step(step: str, folder: Path, tools: Path) -> int:
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(folder), "PIP_NO_INDEX": "1"}
    return subprocess.run(["sh", "-c", step], cwd=folder, env=environment, check=False).returncode


def test_a_project_and_what_needs_it_are_green(tools: Path, tmp_path: Path) -> None:
    codes = run_jobs(CORE | APP, "core/src/shop_core/__init__.py", tools, tmp_path)

    assert codes == {
        "build:core": 0,
        "test:core": 0,
        "lint:core": 0,
        "build:my app": 0,
        "test:my app": 0,
        "lint:my app": 0,
    }


def test_a_failing_test_is_red(tools: Path, tmp_path: Path) -> None:
    broken = CORE | {"core/src/shop_core/__init__.py": "def one() -> int:\n    return 2\n"}

    codes = run_jobs(broken, "core/src/shop_core/__init__.py", tools, tmp_path)

    assert codes["build:core"] == 0
    assert codes["test:core"] == 1


def test_a_syntax_error_fails_the_build(tools: Path, tmp_path: Path) -> None:
    broken = CORE | {"core/src/shop_core/__init__.py": "def one(:\n"}

    assert run_jobs(broken, "core/src/shop_core/__init__.py", tools, tmp_path)["build:core"] != 0


def test_broken_test_data_does_not_fail_the_build(tools: Path, tmp_path: Path) -> None:
    files = CORE | {"core/tests/data/broken.py": "def one(:\n"}

    assert run_jobs(files, "core/src/shop_core/__init__.py", tools, tmp_path)["build:core"] == 0


@pytest.mark.parametrize("tools", ["pytest"], indirect=True)
def test_tests_in_pytests_style_use_the_pytest_that_is_there(tools: Path, tmp_path: Path) -> None:
    assert run_jobs(PYTEST_STYLE, "style.py", tools, tmp_path) == {"build": 0, "test": 0, "lint": 0}


@pytest.mark.parametrize("tools", ["unittest only"], indirect=True)
def test_tests_that_nothing_can_run_are_never_green(tools: Path, tmp_path: Path) -> None:
    undeclared = PYTEST_STYLE | {"pyproject.toml": '[project]\nname = "style"\nversion = "1"\n'}

    assert run_jobs(undeclared, "style.py", tools, tmp_path)["test"] != 0


@pytest.mark.parametrize("tools", ["pytest"], indirect=True)
def test_a_folder_name_never_becomes_a_command(tools: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    (tools / "trapdoor").write_text(f"#!/bin/sh\ntouch {trap}\n")
    (tools / "trapdoor").chmod(0o755)
    hostile = "`trapdoor`'\"$(trapdoor)\\ core"
    core = {path.replace("core/", f"{hostile}/", 1): text for path, text in CORE.items()}

    codes = run_jobs(core | APP, f"{hostile}/src/shop_core/__init__.py", tools, tmp_path)

    assert set(codes.values()) == {0}
    assert len(codes) == 6
    assert not trap.exists()
