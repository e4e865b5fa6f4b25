"""What must hold of every plan before anyone sees it (spec §4.4)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from deltaci.planner.display import listed, printable
from deltaci.planner.model import PlanError, PlannedJob


def check_jobs(jobs: Sequence[PlannedJob]) -> None:
    """Raise PlanError unless names are unique, needs are known and nothing waits for itself."""
    counted = Counter(job.name for job in jobs)
    twice = sorted(name for name, count in counted.items() if count > 1)
    if twice:
        raise PlanError(f"more than one job is called {listed(twice)}")
    for job in jobs:
        if not job.spec.steps:
            raise PlanError(f"job {printable(job.name)} has no steps")
        unknown = sorted(set(job.depends_on) - counted.keys())
        if unknown:
            raise PlanError(f"job {printable(job.name)} needs {listed(unknown)}, which is no job")
    circle = find_cycle({job.name: job.depends_on for job in jobs})
    if circle:
        shown = " needs ".join(printable(name) for name in circle)
        raise PlanError(f"jobs wait for each other in a circle: {shown}")


def find_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return one circle, its first name repeated at the end, or an empty list."""
    settled: set[str] = set()
    for start in needs:
        trail: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, is_done = stack.pop()
            if is_done:
                del trail[name]
                settled.add(name)
            elif name in trail:
                names = list(trail)
                return [*names[names.index(name) :], name]
            elif name not in settled:
                trail[name] = None
                stack.append((name, True))
                stack.extend((need, False) for need in needs.get(name, ()))
    return []
