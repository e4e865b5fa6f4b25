"""The jobs of a Python project, as shell steps that run on any machine with `python3`.

A project without third-party requirements is built and tested straight from its folders: nothing is
installed, and no network is needed. Otherwise a `.venv` is made in the job's own checkout. Steps
find it through PATH, so the same step works with and without one.
"""

import os
import shlex
from collections.abc import Mapping, Sequence
from posixpath import relpath

from deltaci.planner.ecosystems.python_manifests import (
    LOCK_FILES,
    REQUIREMENTS_FILES,
    Manifest,
)
from deltaci.planner.ecosystems.python_requirements import requirement_name
from deltaci.planner.files import RepositoryFiles, ancestors, joined
from deltaci.planner.model import ArtifactSpec, CacheSpec
from deltaci.planner.projects import JobTemplate

JUNIT_FILE = ".delta-ci/junit.xml"
_IN_VENV = 'PATH="$PWD/.venv/bin:$PATH"'
_PIP = ".venv/bin/python -m pip install --quiet --disable-pip-version-check"
_NOT_COMPILED = r"/(\.[^/]*|tests?|testdata|fixtures|templates|node_modules|vendor|venv|build)/"
_UNITTEST = """\
import sys, unittest
command = ["unittest", "discover", "-v", "-s", sys.argv[1]]
result = unittest.main(None, argv=command, exit=False).result
if not result.testsRun:
    sys.exit("no unittest tests found; for pytest tests, name pytest in the test requirements")
sys.exit(not result.wasSuccessful())"""
_INSTALLERS = {
    "uv.lock": ("uv", 'UV_PROJECT_ENVIRONMENT="$PWD/.venv" uv sync --frozen'),
    "poetry.lock": ("poetry", "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction"),
    "pdm.lock": ("pdm", "pdm install --frozen-lockfile"),
}


def python_jobs(
    files: RepositoryFiles,
    root: str,
    manifests: Mapping[str, Manifest],
    needs: Mapping[str, frozenset[str]],
    *,
    has_tests: bool,
) -> tuple[JobTemplate, ...]:
    """Return build, test (when there are tests) and lint for the project in `root`."""
    local = _transitive(root, needs)
    every = [manifests[each] for each in (root, *local)]
    third_party = _third_party(every, manifests)
    setup = _install(files, root, local, manifests) if third_party - {"pytest"} else ()
    caches = _caches(files, root) if third_party else ()
    paths = _python_path(root, local, manifests)
    jobs = [
        JobTemplate(
            kind="build",
            label="python build",
            steps=(*setup, _compile(manifests[root])),
            on_docs=True,
            caches=caches if setup else (),
        )
    ]
    if has_tests:
        jobs.append(_test(root, manifests[root], setup, caches, paths, third_party))
    jobs.append(_lint(manifests[root], setup, caches))
    return tuple(jobs)


def _test(
    root: str,
    manifest: Manifest,
    setup: tuple[str, ...],
    caches: tuple[CacheSpec, ...],
    paths: str,
    third_party: frozenset[str],
) -> JobTemplate:
    prefix = f"{_IN_VENV} {paths}"
    pytest = f"python3 -m pytest --junitxml={JUNIT_FILE}"
    if "pytest" in third_party:
        steps = (*(setup or _install_pytest(manifest)), f"{prefix} {pytest}")
    else:
        steps = (*setup, _test_with_what_is_there(prefix, pytest))
    junit = ArtifactSpec(type="junit", path=joined(root, JUNIT_FILE))
    return JobTemplate(
        "test", "python test", steps, after=("build",), artifacts=(junit,), caches=caches
    )


def _install_pytest(manifest: Manifest) -> tuple[str, ...]:
    wanted = [line for line in manifest.test_requirements if requirement_name(line) == "pytest"]
    install = f"{_PIP} {shlex.join(wanted or ['pytest'])}"
    return (f"python3 -c 'import pytest' 2>/dev/null || {{ python3 -m venv .venv && {install}; }}",)


def _test_with_what_is_there(prefix: str, pytest: str) -> str:
    """Nothing says how the tests are written: pytest runs both kinds, unittest its own."""
    return f"""\
export {prefix}
if python3 -c 'import pytest' 2>/dev/null; then exec {pytest}; fi
where=.; for each in test tests; do if [ -d "$each" ]; then where="$each"; fi; done
exec python3 -c {shlex.quote(_UNITTEST)} "$where\""""


def _lint(manifest: Manifest, setup: tuple[str, ...], caches: tuple[CacheSpec, ...]) -> JobTemplate:
    """A linter that is not installed says so; one that nobody configured reports plain errors."""
    if manifest.linter == "flake8":
        program, command = "flake8", "flake8"
    elif manifest.linter == "ruff":
        program, command = "ruff", "ruff check ."
    else:
        program, command = "ruff", "ruff check --isolated --select E9,F63,F7,F82 ."
    step = (
        f"export {_IN_VENV}; if {program} --version >/dev/null 2>&1; then {command}; "
        f'else echo "{program} is not installed: nothing was checked"; fi'
    )
    needs_venv = any(requirement_name(line) == program for line in manifest.test_requirements)
    steps = (*setup, step) if needs_venv else (step,)
    return JobTemplate(
        "lint",
        "python lint",
        steps,
        required=False,
        after=("build",),
        caches=caches if needs_venv and setup else (),
    )


def _compile(manifest: Manifest) -> str:
    folders = shlex.join(sorted(set(manifest.import_roots)) or ["."])
    return f"{_IN_VENV} python3 -m compileall -q -x {shlex.quote(_NOT_COMPILED)} {folders}"


def _install(
    files: RepositoryFiles,
    root: str,
    local: Sequence[str],
    manifests: Mapping[str, Manifest],
) -> tuple[str, ...]:
    arguments = [part for each in local for part in _pip_arguments(root, each, manifests[each])]
    arguments += _pip_arguments(root, root, manifests[root])
    own = manifests[root]
    arguments += sorted(line for line in own.test_requirements if _is_plain(line, manifests))
    install = f"python3 -m venv .venv && {_PIP} {shlex.join(dict.fromkeys(arguments))}"
    for folder in ancestors(root):
        for lock, (program, command) in _INSTALLERS.items():
            if files.exists(joined(folder, lock)):
                chosen = _with_groups(program, command, own)
                return (
                    f"if command -v {program} >/dev/null 2>&1; then {chosen}; else {install}; fi",
                )
    return (install,)


def _pip_arguments(root: str, each: str, manifest: Manifest) -> list[str]:
    folder = relpath(each, root)
    arguments: list[str] = []
    if "requirements.txt" in manifest.requirements_files:
        arguments.append(f"--requirement={os.path.normpath(f'{folder}/requirements.txt')}")
    if manifest.is_installable:
        arguments.append(f"--editable={folder}")
    elif not manifest.requirements_files:
        arguments += [line for line in manifest.requirements if requirement_name(line)]
    return arguments


def _is_plain(line: str, manifests: Mapping[str, Manifest]) -> bool:
    name = requirement_name(line)
    return bool(name) and all(name != manifest.name for manifest in manifests.values())


def _with_groups(program: str, command: str, manifest: Manifest) -> str:
    if program != "uv":
        return command
    groups = [f"--group={group}" for group in manifest.groups]
    extras = [f"--extra={extra}" for extra in manifest.extras]
    return " ".join([command, *groups, *extras])


def _python_path(root: str, local: Sequence[str], manifests: Mapping[str, Manifest]) -> str:
    """Everything that the project imports from this repository; `src` and flat layouts alike."""
    folders = [
        os.path.normpath(f"{relpath(each, root)}/{inside}")
        for each in (root, *local)
        for inside in (*manifests[each].import_roots, "src", ".")
    ]
    quoted = ":".join(_absolute(folder) for folder in dict.fromkeys(folders))
    return f'PYTHONPATH="{quoted}${{PYTHONPATH:+:$PYTHONPATH}}"'


def _absolute(folder: str) -> str:
    """The folder below the working folder, as text inside double quotes."""
    escaped = "".join(f"\\{char}" if char in '\\"$`' else char for char in folder)
    return "$PWD" if folder == "." else f"$PWD/{escaped}"


def _third_party(every: Sequence[Manifest], manifests: Mapping[str, Manifest]) -> frozenset[str]:
    """What has to come from an index; requirements computed at run time count as something."""
    local = {manifest.name for manifest in manifests.values() if manifest.name}
    wanted = {name for manifest in every for name in _wanted(manifest, own=manifest is every[0])}
    unknown = {"?"} if any(manifest.is_dynamic for manifest in every) else set()
    return frozenset((wanted - local) | unknown)


def _wanted(manifest: Manifest, *, own: bool) -> set[str]:
    lines = [*manifest.requirements, *(manifest.test_requirements if own else [])]
    return {name for line in lines if (name := requirement_name(line))}


def _transitive(root: str, needs: Mapping[str, frozenset[str]]) -> list[str]:
    seen = {root}
    waiting = [root]
    while waiting:
        for need in sorted(needs[waiting.pop()]):
            if need not in seen:
                seen.add(need)
                waiting.append(need)
    return sorted(seen - {root})


def _caches(files: RepositoryFiles, root: str) -> tuple[CacheSpec, ...]:
    locks = [joined(folder, name) for folder in ancestors(root) for name in sorted(LOCK_FILES)]
    names = ("pyproject.toml", "setup.cfg", "setup.py", *REQUIREMENTS_FILES)
    key = files.digest([*locks, *(joined(root, name) for name in names)])
    return (CacheSpec("deps", f"python:deps:{key}", ("~/.cache/pip", "~/.cache/uv")),)
