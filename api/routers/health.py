"""Is it alive, can it serve, and how much does it do."""

from fastapi import APIRouter, Response, status
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.auth import Public
from api.state import Parts
from deltaci.wire.health import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive(_anyone: Public) -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness}})
async def ready(parts: Parts, _anyone: Public) -> JSONResponse:
    """Say whether the database and Temporal answer; the database decides about readiness.

    While Temporal is down, requests are still accepted and stored, so it only counts as degraded.
    """
    found = Readiness(
        database=await parts.core.database.answers(), temporal=await parts.gateway.answers()
    )
    code = status.HTTP_200_OK if found.database else status.HTTP_503_SERVICE_UNAVAILABLE
    return JSONResponse(found.model_dump(), status_code=code)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(parts: Parts, _anyone: Public) -> Response:
    """Numbers for Prometheus, at most a few seconds old."""
    return Response(await parts.metrics.read(), media_type=CONTENT_TYPE_LATEST)
