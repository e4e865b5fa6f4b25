"""`GET /v1/health`: for callers of the DXCP contract."""

from fastapi import APIRouter

from api.auth import Public

router = APIRouter(prefix="/v1", tags=["builds"])


@router.get("/health")
async def health(_caller: Public) -> dict[str, str]:
    """Say that this process serves."""
    return {"status": "ok"}
