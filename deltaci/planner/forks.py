"""What a change from a fork may not do, whatever it declares (spec §4.7)."""

from collections.abc import Iterable
from dataclasses import replace

from deltaci.planner.model import CacheSpec, PlannedJob

NOTE = "fork: caches are read-only"


def restricted(jobs: Iterable[PlannedJob]) -> tuple[PlannedJob, ...]:
    """Return the jobs with build caches taken away and every other cache read-only."""
    return tuple(
        replace(job, spec=replace(job.spec, caches=_read_only(job.spec.caches))) for job in jobs
    )


def _read_only(caches: tuple[CacheSpec, ...]) -> tuple[CacheSpec, ...]:
    return tuple(replace(cache, read_only=True) for cache in caches if cache.type != "build")
