"""The plan for a repository in which nothing is recognised: said loudly, never guessed."""

from deltaci.planner.construction import Selection
from deltaci.planner.model import JobSpec, PlannedJob

NOTHING_FOUND = "no supported build files detected"
_KINDS = (("build", True), ("test", True), ("lint", False))


def static_selection() -> Selection:
    """Return the contract's build, test and lint, which say that there is nothing to run."""
    return Selection(tuple(_job(kind, required) for kind, required in _KINDS), ())


def _job(kind: str, required: bool) -> PlannedJob:
    step = f'echo "{NOTHING_FOUND}: nothing to {kind}; describe the {kind} in ci.ai.yaml"'
    return PlannedJob(
        name=kind,
        required=required,
        spec=JobSpec(name=kind, steps=(step,)),
        reason=f"default {kind} job",
    )
