"""The jobs of a Python project: build, test when there are tests, and lint."""

from deltaci.planner.ecosystems import python_steps as steps
from deltaci.planner.ecosystems.python_install import install_steps, pytest_steps
from deltaci.planner.ecosystems.python_manifests import (
    LOCK_FILES,
    REQUIREMENTS_FILES,
    Manifest,
)
from deltaci.planner.ecosystems.python_project import PythonProject
from deltaci.planner.ecosystems.python_requirements import requirement_name
from deltaci.planner.files import RepositoryFiles, ancestors, joined
from deltaci.planner.model import ArtifactSpec, CacheSpec
from deltaci.planner.projects import JobTemplate

_MANIFEST_FILES = ("pyproject.toml", "setup.cfg", "setup.py", *REQUIREMENTS_FILES)


def python_jobs(
    files: RepositoryFiles, project: PythonProject, *, has_tests: bool
) -> tuple[JobTemplate, ...]:
    """Return the jobs in the order in which they build on each other."""
    third_party = project.third_party()
    install = install_steps(files, project) if third_party - {"pytest"} else ()
    caches = _caches(files, project.root) if third_party else ()
    jobs = [
        JobTemplate(
            "build",
            "python build",
            (*install, steps.compile_sources(project.own)),
            on_docs=True,
            caches=caches if install else (),
        )
    ]
    if has_tests:
        jobs.append(_test(project, install, caches, declared="pytest" in third_party))
    jobs.append(_lint(project.own, install, caches))
    return tuple(jobs)


def _test(
    project: PythonProject,
    install: tuple[str, ...],
    caches: tuple[CacheSpec, ...],
    *,
    declared: bool,
) -> JobTemplate:
    path = steps.python_path(project.root, project.local, project.manifests)
    if declared:
        run = (*(install or pytest_steps(project.own)), steps.pytest(path))
    else:
        run = (*install, steps.pytest_or_unittest(path))
    return JobTemplate(
        "test",
        "python test",
        run,
        after=("build",),
        artifacts=(ArtifactSpec(type="junit", path=joined(project.root, steps.JUNIT_FILE)),),
        caches=caches,
    )


def _lint(
    manifest: Manifest, install: tuple[str, ...], caches: tuple[CacheSpec, ...]
) -> JobTemplate:
    program, step = steps.lint(manifest)
    is_declared = any(requirement_name(line) == program for line in manifest.test_requirements)
    setup = install if is_declared else ()
    return JobTemplate(
        "lint",
        "python lint",
        (*setup, step),
        required=False,
        after=("build",),
        caches=caches if setup else (),
    )


def _caches(files: RepositoryFiles, root: str) -> tuple[CacheSpec, ...]:
    locks = [joined(folder, name) for folder in ancestors(root) for name in sorted(LOCK_FILES)]
    own = [joined(root, name) for name in _MANIFEST_FILES]
    key = f"python:deps:{files.digest([*locks, *own])}"
    return (CacheSpec(type="deps", key=key, paths=("~/.cache/pip", "~/.cache/uv")),)
