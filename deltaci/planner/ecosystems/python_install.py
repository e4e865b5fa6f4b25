"""Shell lines that install what a Python project needs into a `.venv` of its own checkout.

A requirement that the repository itself provides is always installed from its folder and never
looked up by name: a stranger could have taken the name on the public index.
"""

import shlex

from deltaci.planner.ecosystems.python_manifests import Manifest
from deltaci.planner.ecosystems.python_project import PythonProject
from deltaci.planner.ecosystems.python_requirements import requirement_name
from deltaci.planner.files import RepositoryFiles, ancestors, joined, relative

_PIP = ".venv/bin/python -m pip install --quiet --disable-pip-version-check"
_VENV = "python3 -m venv .venv"
INSTALL_PYTEST = f"{_VENV} && {_PIP} pytest"
_LOCKED = {
    "uv.lock": ("uv", 'UV_PROJECT_ENVIRONMENT="$PWD/.venv" uv sync --frozen'),
    "poetry.lock": ("poetry", "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction"),
    "pdm.lock": ("pdm", "pdm install --frozen-lockfile"),
}
"""What installs from a lock file, used where it is on PATH; pip does it otherwise."""


def pytest_steps(manifest: Manifest) -> tuple[str, ...]:
    """Install the pytest that the project asks for, unless the machine has one."""
    lines = [line for line in manifest.test_requirements if requirement_name(line) == "pytest"]
    wanted = shlex.join(sorted(lines) or ["pytest"])
    return (f"python3 -c 'import pytest' 2>/dev/null || {{ {_VENV} && {_PIP} {wanted}; }}",)


def install_steps(files: RepositoryFiles, project: PythonProject) -> tuple[str, ...]:
    """Install everything that the project and its tests need."""
    with_pip = f"{_VENV} && {_PIP} {shlex.join(_pip_arguments(project))}"
    for folder in ancestors(project.root):
        for lock, (program, command) in _LOCKED.items():
            if files.exists(joined(folder, lock)):
                locked = " ".join([command, *_uv_groups(program, project.own)])
                known = f"{program} --version >/dev/null 2>&1"
                return (f"if {known}; then {locked}; else {with_pip}; fi",)
    return (with_pip,)


def _pip_arguments(project: PythonProject) -> list[str]:
    manifests = project.manifests
    every = (project.root, *project.local)
    by_name = any(manifests[each].is_installable for each in every)
    arguments: list[str] = []
    for each in project.local:
        as_package = by_name and manifests[each].is_package
        arguments += _of_folder(project, each, as_package=as_package)
    arguments += _of_folder(project, project.root, as_package=project.own.is_installable)
    arguments += sorted(_not_ours(project, project.own.test_requirements))
    return list(dict.fromkeys(arguments))


def _of_folder(project: PythonProject, each: str, *, as_package: bool) -> list[str]:
    manifest = project.manifests[each]
    folder = relative(each, project.root)
    if as_package:
        return [f"--editable={folder}"]
    foreign = _not_ours(project, manifest.requirements)
    if "requirements.txt" in manifest.requirements_files and foreign == manifest.requirements:
        return [f"--requirement={joined(folder, 'requirements.txt')}"]
    return foreign


def _not_ours(project: PythonProject, lines: list[str]) -> list[str]:
    named = ((line, requirement_name(line)) for line in lines)
    return [line for line, name in named if name and name not in project.ours]


def _uv_groups(program: str, manifest: Manifest) -> list[str]:
    if program != "uv":
        return []
    groups = [f"--group={group}" for group in manifest.groups]
    return [*groups, *(f"--extra={extra}" for extra in manifest.extras)]
