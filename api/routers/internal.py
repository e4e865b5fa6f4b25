"""Planning and failure analysis as calls of their own (seed «Internal Control Plane APIs»)."""

from fastapi import APIRouter

from api.answers import errors
from api.auth import CanRun
from api.state import Parts, TheCore
from deltaci.jobs.analyze import analyze_failure
from deltaci.runs.preview import preview_plan
from deltaci.wire.plans import AnalyzeFailure, FailureAnalysis, MakePlan, PlanAnswer

router = APIRouter(prefix="/api/v1/internal", tags=["internal"])


@router.post("/plans", responses=errors(404, 413))
async def make_plan(parts: Parts, _caller: CanRun, request: MakePlan) -> PlanAnswer:
    """Plan a commit without storing or enqueuing anything; equal requests get equal plans."""
    return await preview_plan(parts.core, parts.commits, request)


@router.post("/failures/analyze", responses=errors(404, 413))
async def analyze(core: TheCore, _caller: CanRun, request: AnalyzeFailure) -> FailureAnalysis:
    """Explain a job's failed attempts from what is stored; advisory, and changes nothing."""
    return await analyze_failure(core, request)
