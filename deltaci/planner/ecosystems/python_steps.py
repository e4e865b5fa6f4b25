"""Shell lines that build, test and lint Python on any machine with `python3`.

A `.venv` in the working folder is found through PATH, so the same line works with and without one.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from posixpath import normpath

from deltaci.planner.ecosystems.python_install import INSTALL_PYTEST
from deltaci.planner.ecosystems.python_manifests import Manifest
from deltaci.planner.files import relative

JUNIT_FILE = ".delta-ci/junit.xml"
_IN_VENV = 'PATH="$PWD/.venv/bin:$PATH"'
_PYTEST = f"python3 -m pytest --junitxml={JUNIT_FILE}"
_NOT_COMPILED = r"/(\.[^/]*|tests?|testdata|fixtures|templates|node_modules|vendor|venv|build)/"
_SPECIAL = re.compile(r'[\\"$`]')
_NOTHING_RAN = 5
_UNITTEST = f"""\
import sys, unittest
command = ["unittest", "discover", "-v", "-s", sys.argv[1]]
result = unittest.main(None, argv=command, exit=False).result
sys.exit(not result.wasSuccessful() if result.testsRun else {_NOTHING_RAN})"""


def compile_sources(manifest: Manifest) -> str:
    """Check the syntax of everything but tests, whose data may be broken on purpose."""
    folders = shlex.join(sorted(set(manifest.import_roots)) or ["."])
    return f"{_IN_VENV} python3 -m compileall -q -x {shlex.quote(_NOT_COMPILED)} {folders}"


def pytest(path: str) -> str:
    """Run the tests of a project that names pytest among its requirements."""
    return f"{_IN_VENV} {path} {_PYTEST}"


def pytest_or_unittest(path: str) -> str:
    """Run tests of which nothing says how they are written: pytest runs both kinds.

    Where it is not installed, unittest runs its own kind; when that finds nothing, the tests are of
    the other kind, and a green result would be a lie.
    """
    return f"""\
export {_IN_VENV} {path}
if ! python3 -c 'import pytest' 2>/dev/null; then
  where=.; for each in test tests; do if [ -d "$each" ]; then where="$each"; fi; done
  python3 -c {shlex.quote(_UNITTEST)} "$where"; code=$?
  if [ $code -ne {_NOTHING_RAN} ]; then exit $code; fi
  echo "no unittest tests here: installing pytest for the others"
  {INSTALL_PYTEST} || exit 1
fi
exec {_PYTEST}"""


def lint(manifest: Manifest) -> tuple[str, str]:
    """Return the linter and its line; one that nobody configured reports plain errors only.

    A linter that is not installed says so and does not fail.
    """
    if manifest.linter == "flake8":
        program, command = "flake8", "flake8"
    elif manifest.linter == "ruff":
        program, command = "ruff", "ruff check ."
    else:
        program, command = "ruff", "ruff check --isolated --select E9,F63,F7,F82 ."
    return program, (
        f"export {_IN_VENV}; if {program} --version >/dev/null 2>&1; then {command}; "
        f'else echo "{program} is not installed: nothing was checked"; fi'
    )


def python_path(root: str, local: Sequence[str], manifests: Mapping[str, Manifest]) -> str:
    """Name every folder that the project imports from, in `src` and flat layouts alike."""
    folders = []
    for each in (root, *local):
        folder = _absolute(relative(each, root))
        insides = (_escaped(normpath(inside)) for inside in manifests[each].import_roots)
        folders += [*(f"{folder}/{inside}" for inside in insides), f"{folder}/src", folder]
    return f'PYTHONPATH="{":".join(dict.fromkeys(folders))}${{PYTHONPATH:+:$PYTHONPATH}}"'


def _absolute(folder: str) -> str:
    """The folder below the working folder, as text inside double quotes."""
    return "$PWD" if folder == "." else f"$PWD/{_escaped(folder)}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
