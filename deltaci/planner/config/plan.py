"""The plan of a repository that says itself what its jobs are (spec §4.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from deltaci.planner.canonical import plan_id_of
from deltaci.planner.config.build import declared_build
from deltaci.planner.config.jobs import Declared, declared_jobs
from deltaci.planner.config.loading import load_config
from deltaci.planner.config.models import ConfigFile
from deltaci.planner.display import listed, printable
from deltaci.planner.explain import explanation, paths_segment
from deltaci.planner.files import RepositoryFiles
from deltaci.planner.fingerprint import CONFIG_FILE, fingerprint_of
from deltaci.planner.impact import changed_paths
from deltaci.planner.model import (
    Plan,
    PlanError,
    PlanRequest,
    RecipeSource,
    RunPolicies,
    SkippedJob,
)
from deltaci.planner.reasons import REASON_LIST_MAX
from deltaci.planner.validation import check_jobs

_DECLARED = f"declared in {CONFIG_FILE}"


@dataclass(frozen=True, slots=True)
class _Change:
    paths: tuple[str, ...]
    everything: str
    """Why patterns cannot narrow the plan; empty when they can."""


def configured_plan(request: PlanRequest, files: RepositoryFiles) -> Plan:
    """Return the declared jobs that the change needs. Raises PlanError for an invalid file."""
    content = files.content(CONFIG_FILE)
    if content is None:
        raise PlanError(f"{CONFIG_FILE} is not a readable regular file")
    config = load_config(content)
    declared = declared_jobs(config, files)
    check_jobs([each.job for each in declared])
    change = _change(request)
    reasons = _with_needs(declared, _wanted(declared, change))
    jobs = tuple(
        replace(each.job, reason=reasons[each.job.name])
        for each in declared
        if each.job.name in reasons
    )
    skipped = tuple(
        SkippedJob(each.job.name, _why_skipped(each))
        for each in declared
        if each.job.name not in reasons
    )
    names = [each.job.name for each in declared]
    build, note = declared_build(config, request, names, [job.name for job in jobs])
    notes = [change.everything, request.diff.unavailable, note]
    return Plan(
        plan_id=_plan_id(request, config),
        recipe_source=RecipeSource.CONFIG,
        fingerprint=fingerprint_of(files),
        explain=_explanation(change, len(jobs), len(declared), notes),
        jobs=jobs,
        skipped_jobs=skipped,
        policies=RunPolicies() if request.fork else _policies(config),
        build=build,
    )


def _plan_id(request: PlanRequest, config: ConfigFile) -> str:
    """A build depends on what the run is for; no other declared plan does."""
    also = (request.ref, request.default_branch) if config.build else ()
    return plan_id_of(request, *also)


def _change(request: PlanRequest) -> _Change:
    paths = changed_paths(request.diff)
    if request.diff.unavailable:
        return _Change(paths, "diff unavailable")
    if not paths:
        return _Change(paths, "diff empty")
    return _Change(paths, f"{CONFIG_FILE} changed" if CONFIG_FILE in paths else "")


def _wanted(declared: Iterable[Declared], change: _Change) -> dict[str, str]:
    """Return the jobs that the change itself asks for, with why."""
    wanted: dict[str, str] = {}
    matched: dict[tuple[str, ...], str | None] = {}
    for each in declared:
        if each.paths is None:
            wanted[each.job.name] = f"{_DECLARED} without paths: always runs"
        elif change.everything:
            wanted[each.job.name] = f"{_DECLARED}: {change.everything}"
        else:
            if each.paths not in matched:
                matched[each.paths] = first_match(each.paths, change.paths)
            path = matched[each.paths]
            if path is not None:
                wanted[each.job.name] = f"{_DECLARED}: {printable(path)} matches its paths"
    return wanted


def first_match(patterns: tuple[str, ...], paths: Iterable[str]) -> str | None:
    """Return the first of the paths that the gitignore-style patterns include."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - costs 50 ms that only `paths` needs

    try:
        spec = GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise PlanError(f"{CONFIG_FILE}: paths: {printable(str(error))}") from error
    return next((path for path in paths if spec.match_file(path)), None)


def _with_needs(declared: Iterable[Declared], wanted: Mapping[str, str]) -> dict[str, str]:
    """Add what the wanted jobs need, and say for whom."""
    needs = {each.job.name: each.job.depends_on for each in declared}
    reasons = dict(wanted)
    waiting = sorted(wanted)
    while waiting:
        name = waiting.pop(0)
        for need in needs[name]:
            if need not in reasons:
                reasons[need] = f"{_DECLARED}: needed by {name}"
                waiting.append(need)
    return reasons


def _why_skipped(declared: Declared) -> str:
    patterns = listed(declared.paths or (), REASON_LIST_MAX)
    return f"no changed path matches its paths: {patterns}"


def _explanation(change: _Change, planned: int, known: int, notes: Iterable[str]) -> str:
    return explanation(
        [
            f"explicit config present ({CONFIG_FILE})",
            paths_segment(change.paths),
            f"{planned} of {known} jobs",
            *notes,
        ]
    )


def _policies(config: ConfigFile) -> RunPolicies:
    runs = config.policies.runs
    return RunPolicies(runs.cancel_superseded, runs.max_runtime_seconds, runs.max_concurrency)
