"""Show what becomes of the build that a run makes."""

from deltaci.store.tables import RunBuild, RunPlan
from deltaci.wire.runs import BuildRefusal, RunBuildView


def build_view(plan: RunPlan | None, build: RunBuild | None) -> RunBuildView | None:
    """Return the planned build and what became of it; None when the run makes none."""
    if plan is None or plan.build is None:
        return None
    refusal = None
    if build is not None and build.build_id is None:
        refusal = BuildRefusal(code=build.refusal_code or "", message=build.refusal or "")
    return RunBuildView(
        service=plan.build["service"],
        version=plan.build["version"],
        build_id=build.build_id if build else None,
        refusal=refusal,
    )
