"""Runs: create, list, read, cancel, rerun; their logs and artifacts (seed «Run Management API»)."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from api import examples
from api.answers import (
    LIMIT_DEFAULT,
    Cursor,
    IdempotencyKey,
    Limit,
    RunId,
    Storable,
    errors,
    shown,
    stream,
)
from api.auth import CanRead, CanRun
from api.state import Parts, TheCore
from deltaci.errors import InvalidRequestError
from deltaci.jobs.logs import open_log
from deltaci.jobs.uploads import open_artifact
from deltaci.runs.cancel import cancel_run
from deltaci.runs.create import create_run
from deltaci.runs.read import list_runs, read_run
from deltaci.runs.rerun import rerun
from deltaci.states import UnknownStateError, parse_run_state
from deltaci.store.runs import RunFilter
from deltaci.wire.runs import (
    CreateRun,
    RerunAccepted,
    RerunRequest,
    RunAccepted,
    RunDetail,
    RunPage,
)

router = APIRouter(prefix="/api/v1", tags=["runs"])

REPLAYED = "Idempotency-Replayed"
INTEGER_MAX = 2**31 - 1
ArtifactId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post(
    "/runs",
    status_code=status.HTTP_201_CREATED,
    responses={**errors(404, 413), 201: shown(examples.RUN_ACCEPTED)},
)
async def create(
    parts: Parts,
    caller: CanRun,
    request: Annotated[CreateRun, Body(examples=[examples.CREATE_RUN])],
    response: Response,
    key: IdempotencyKey = None,
) -> RunAccepted:
    """Create a run for a ref. It never overrides another run; planning and execution follow."""
    accepted, is_new = await create_run(parts.core, parts.commits, caller.id, request, key)
    if not is_new:
        response.headers[REPLAYED] = "true"
    return accepted


@router.get("/runs", responses=errors())
async def list_(
    core: TheCore,
    _caller: CanRead,
    repo: Annotated[str, Query(max_length=200, description="Only this `repo_id`."), Storable] = "",
    ref: Annotated[
        str, Query(max_length=500, description="Only this ref, as asked for."), Storable
    ] = "",
    state: Annotated[str, Query(max_length=20, description="Only runs in this state.")] = "",
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = "",
) -> RunPage:
    """List runs, newest first."""
    try:
        wanted = RunFilter(repo, ref, parse_run_state(state) if state else None)
    except UnknownStateError as error:
        raise InvalidRequestError(str(error)) from error
    return await list_runs(core, wanted, limit=limit, cursor=cursor)


@router.get("/runs/{run_id}", responses={**errors(404), 200: shown(examples.RUN_DETAIL)})
async def read(core: TheCore, _caller: CanRead, run_id: RunId) -> RunDetail:
    """Read a run with its jobs, attempts, artifacts, failure explanations and plan."""
    return await read_run(core, run_id)


@router.post(
    "/runs/{run_id}/cancel",
    responses={**errors(404, 409), 200: shown(examples.CANCEL_ACCEPTED)},
)
async def cancel(core: TheCore, caller: CanRun, run_id: RunId) -> RunAccepted:
    """Cancel a run. Repeating it changes nothing; an ended run is INVALID_STATE."""
    return await cancel_run(core, caller.id, run_id)


@router.post(
    "/runs/{run_id}/rerun",
    status_code=status.HTTP_201_CREATED,
    responses={
        **errors(404, 413),
        201: shown(examples.RERUN_ACCEPTED),
        200: {
            "model": RerunAccepted,
            "description": "A replayed key.",
            **shown(examples.RERUN_REPLAYED),
        },
    },
)
async def run_again(
    core: TheCore,
    caller: CanRun,
    run_id: RunId,
    response: Response,
    request: Annotated[RerunRequest | None, Body(examples=[examples.RERUN])] = None,
    key: IdempotencyKey = None,
) -> RerunAccepted:
    """Run the same commit again: all jobs, or the named ones and what they need."""
    accepted = await rerun(core, caller.id, run_id, request or RerunRequest(), key)
    if not accepted.created:
        response.status_code = status.HTTP_200_OK
        response.headers[REPLAYED] = "true"
    return accepted


@router.get(
    "/runs/{run_id}/jobs/{job}/logs",
    response_class=StreamingResponse,
    responses={**errors(404, 416), 200: {"content": {"text/plain": {}}}, 206: {}},
)
async def read_log(
    request: Request,
    core: TheCore,
    _caller: CanRead,
    run_id: RunId,
    job: Annotated[str, Path(max_length=300), Storable],
    attempt: Annotated[
        int | None, Query(ge=1, le=INTEGER_MAX, description="By default the newest.")
    ] = None,
) -> Response:
    """Read a job's log as plain text; `job` is an id or a name. Byte ranges follow its growth."""
    log = await open_log(core, run_id, job, attempt)
    return stream(
        request,
        lambda start, end: log.read(core, start, end),
        log.size_bytes,
        "text/plain; charset=utf-8",
        **{"X-Content-Type-Options": "nosniff", "Delta-Log-Truncated": str(log.truncated).lower()},
    )


@router.get(
    "/artifacts/{artifact_id}",
    response_class=StreamingResponse,
    responses={**errors(404, 416), 200: {"content": {"application/octet-stream": {}}}, 206: {}},
)
async def download(
    request: Request, core: TheCore, _caller: CanRead, artifact_id: ArtifactId
) -> Response:
    """Download an artifact that is kept here. Its content is untrusted: it is never rendered."""
    file = await open_artifact(core, artifact_id)
    return stream(
        request,
        lambda start, end: file.read(core, start, end),
        file.size_bytes,
        "application/octet-stream",
        **{"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"},
    )
