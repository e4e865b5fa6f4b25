"""A job with a matrix, as one job per combination."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from deltaci.planner.model import ArtifactSpec, CacheSpec, JobSpec, PlanError, PlannedJob

_PLACEHOLDER = re.compile(r"\{matrix\.([^{}]*)\}")


def combinations(matrix: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """Yield every combination, in the order in which the file names the values."""
    for values in product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))


def expanded_name(name: str, values: Mapping[str, str]) -> str:
    """Return the job's name for one combination: `test (3.12, linux)`."""
    return f"{name} ({', '.join(values.values())})" if values else name


def filled(job: PlannedJob, values: Mapping[str, str]) -> PlannedJob:
    """Return the job with each `{matrix.<name>}` replaced. Raises PlanError for unknown names."""

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: _value(match[1], values, job.name), text)

    spec = job.spec
    name = expanded_name(job.name, values)
    filled_spec = JobSpec(
        name=name,
        steps=tuple(fill(step) for step in spec.steps),
        workdir=fill(spec.workdir),
        image=fill(spec.image),
        env={key: fill(value) for key, value in spec.env.items()},
        artifacts=tuple(ArtifactSpec(fill(each.type), fill(each.path)) for each in spec.artifacts),
        caches=tuple(
            CacheSpec(fill(each.type), fill(each.key), tuple(fill(path) for path in each.paths))
            for each in spec.caches
        ),
    )
    _check_inside(filled_spec)
    labels = tuple(fill(label) for label in job.runs_on)
    return replace(job, name=name, spec=filled_spec, runs_on=labels)


def _check_inside(spec: JobSpec) -> None:
    """A value may have put a way out into a path that was checked without it."""
    paths = [spec.workdir, *(each.path for each in spec.artifacts)]
    paths += [path for cache in spec.caches for path in cache.paths]
    for path in paths:
        if path.startswith("/") or ".." in path.split("/"):
            raise PlanError(f"ci.ai.yaml: jobs.{spec.name}: {path!r} leaves the repository")


def _value(name: str, values: Mapping[str, str], job: str) -> str:
    try:
        return values[name]
    except KeyError:
        raise PlanError(
            f"ci.ai.yaml: jobs.{job}: {{matrix.{name}}} names no key of its matrix"
        ) from None
