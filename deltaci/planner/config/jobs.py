"""Declared jobs as planned jobs, before it is known which of them a change needs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deltaci.planner.config.matrix import combinations, expanded_name, filled
from deltaci.planner.config.models import JOBS_MAX, ConfigFile, Job, Policy
from deltaci.planner.files import RepositoryFiles
from deltaci.planner.model import (
    ArtifactSpec,
    CacheSpec,
    JobPolicy,
    JobSpec,
    PlanError,
    PlannedJob,
)
from deltaci.planner.projects import ROOT
from deltaci.planner.roles import LOCK_FILES

LOCK_HASH = "{lock_hash}"


@dataclass(frozen=True, slots=True)
class Declared:
    """One job of the file, expanded, with the patterns that limit when it runs."""

    job: PlannedJob
    paths: tuple[str, ...] | None


def declared_jobs(config: ConfigFile, files: RepositoryFiles) -> tuple[Declared, ...]:
    """Return every job of the file in its order, matrices expanded and placeholders filled."""
    declared: list[Declared] = []
    for name, job in config.jobs.items():
        declared.extend(_expanded(name, job, config, files))
        if len(declared) > JOBS_MAX:
            raise PlanError(f"ci.ai.yaml: the jobs expand to more than {JOBS_MAX}")
    return tuple(declared)


def _expanded(
    name: str, job: Job, config: ConfigFile, files: RepositoryFiles
) -> Iterator[Declared]:
    policy = _merged(config.policies.jobs, job.policy)
    needs = tuple(
        expanded_name(need, values)
        for need in job.needs
        for values in combinations(config.jobs[need].matrix)
    )
    planned = PlannedJob(
        name=name,
        required=policy.required and not policy.allow_failure,
        spec=_spec(name, job),
        reason="",
        depends_on=tuple(dict.fromkeys(needs)),
        policy=JobPolicy(policy.retries, policy.timeout_seconds, tuple(policy.retry_on)),
        runs_on=tuple(job.runs_on),
    )
    paths = tuple(job.paths) if job.paths is not None else None
    for values in combinations(job.matrix):
        yield Declared(_with_lock_hash(filled(planned, values), files), paths)


def _spec(name: str, job: Job) -> JobSpec:
    return JobSpec(
        name=name,
        steps=tuple(job.steps),
        workdir=job.workdir.rstrip("/") or ".",
        image=job.image or "",
        env=dict(job.env),
        artifacts=tuple(ArtifactSpec(each.type, each.path) for each in job.artifacts),
        caches=tuple(CacheSpec(each.type, each.key, tuple(each.paths)) for each in job.caches),
    )


def _merged(default: Policy, own: Policy) -> Policy:
    return default.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def _with_lock_hash(job: PlannedJob, files: RepositoryFiles) -> PlannedJob:
    if not any(LOCK_HASH in cache.key for cache in job.spec.caches):
        return job
    lock_hash = _lock_hash(job.spec.workdir, files)
    caches = tuple(
        replace(cache, key=cache.key.replace(LOCK_HASH, lock_hash)) for cache in job.spec.caches
    )
    return replace(job, spec=replace(job.spec, caches=caches))


def _lock_hash(workdir: str, files: RepositoryFiles) -> str:
    """Hash the lock files below `workdir`, or all of them when it has none."""
    every = sorted(path for name in LOCK_FILES for path in files.named(name))
    own = [path for path in every if workdir == ROOT or path.startswith(f"{workdir}/")]
    return files.digest(own or every)
