"""The runner protocol (spec §3.3). Every message names its runner, which must be the caller."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request, Response, status

from api import examples
from api.answers import Storable, errors, shown
from api.auth import IsRunner
from api.hang_up import hang_up_of
from api.state import Parts, TheCore
from deltaci.errors import ForbiddenError
from deltaci.identity.principal import Principal
from deltaci.jobs.acknowledge import acknowledge_lease
from deltaci.jobs.cancel_ack import acknowledge_cancel
from deltaci.jobs.complete import complete_job
from deltaci.jobs.hand_back import hand_back
from deltaci.jobs.lease import Seeker
from deltaci.jobs.logs import append_log
from deltaci.jobs.uploads import Chunk, store_chunk
from deltaci.wire.runner import (
    LEASE_HEADER,
    AckLease,
    Acknowledged,
    ArtifactProgress,
    CancelAck,
    Complete,
    CompleteAck,
    HandBack,
    Heartbeat,
    HeartbeatAck,
    LeaseGranted,
    LeaseRequest,
    LogAppended,
    RunnerConflict,
)

router = APIRouter(prefix="/api/v1/internal", tags=["runner protocol"])

REFUSALS = {
    **errors(413),
    409: {
        "model": RunnerConflict,
        "description": "STALE_LEASE: the lease no longer counts, nothing was changed; or "
        "INVALID_STATE: an upload goes on from `next_offset`",
        **shown(examples.STALE_LEASE),
    },
}
"""What every message that names a lease may be answered."""

LeaseHeader = Annotated[str, Header(alias=LEASE_HEADER, min_length=1, max_length=200)]
Offset = Annotated[int, Query(ge=0, description="Where the chunk begins.")]
Octets = Annotated[bytes, Body(media_type="application/octet-stream")]


@router.post(
    "/lease",
    response_model=LeaseGranted,
    responses={**errors(413), 204: {"description": "No job for this runner within the wait."}},
)
async def lease(
    request: Request, parts: Parts, caller: IsRunner, message: LeaseRequest
) -> LeaseGranted | Response:
    """Ask for one job; the call is held open until there is one, or the wait is over."""
    _require_self(caller, message.runner_id)
    seeker = Seeker(caller.id, caller.offers(message.capabilities), caller.repos)
    granted = await parts.desk.wait(seeker, message.wait_seconds, hang_up_of(request))
    return granted or Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/ack-lease", responses=REFUSALS)
async def acknowledge(core: TheCore, caller: IsRunner, message: AckLease) -> Acknowledged:
    """Start the leased job."""
    _require_self(caller, message.runner_id)
    return await acknowledge_lease(core, message)


@router.post("/heartbeat", responses=REFUSALS)
async def beat(
    request: Request, parts: Parts, caller: IsRunner, message: Heartbeat
) -> HeartbeatAck:
    """Extend the lease, and learn whether to stop; held open for that as long as asked."""
    _require_self(caller, message.runner_id)
    return await parts.watch.beat(message, hang_up_of(request))


@router.post("/complete", responses=REFUSALS)
async def complete(core: TheCore, caller: IsRunner, message: Complete) -> CompleteAck:
    """Report how the job ended; an exact replay gets the same answer."""
    _require_self(caller, message.runner_id)
    return await complete_job(core, message)


@router.post("/cancel-ack", responses=REFUSALS)
async def acknowledge_cancellation(
    core: TheCore, caller: IsRunner, message: CancelAck
) -> Acknowledged:
    """Report that the job was stopped as requested."""
    _require_self(caller, message.runner_id)
    return await acknowledge_cancel(core, message)


@router.post("/release", responses=REFUSALS)
async def release(core: TheCore, caller: IsRunner, message: HandBack) -> Acknowledged:
    """Give the job back unfinished, for another runner."""
    _require_self(caller, message.runner_id)
    return await hand_back(core, message)


@router.post("/logs", responses=REFUSALS)
async def append(
    core: TheCore, caller: IsRunner, lease_id: LeaseHeader, data: Octets, offset: Offset
) -> LogAppended:
    """Append to the log; a wrong offset is answered with the right one."""
    return await append_log(core, caller.id, lease_id, offset, data)


@router.put("/artifacts", responses=REFUSALS)
async def upload(
    core: TheCore,
    caller: IsRunner,
    lease_id: LeaseHeader,
    sha256: Annotated[str, Header(alias="Delta-SHA256", pattern="^[0-9a-f]{64}$")],
    kind: Annotated[str, Query(alias="type", min_length=1, max_length=100), Storable],
    name: Annotated[str, Query(min_length=1, max_length=1000), Storable],
    offset: Offset,
    total: Annotated[int, Query(ge=0, description="Size of the whole file in bytes.")],
    data: Octets = b"",
) -> ArtifactProgress:
    """Upload one chunk of an artifact; the last one completes it if its SHA-256 is right."""
    chunk = Chunk(kind, name, offset, total, sha256, data)
    return await store_chunk(core, caller.id, lease_id, chunk)


def _require_self(caller: Principal, runner_id: str) -> None:
    if caller.id != runner_id:
        raise ForbiddenError("runner_id is not who the token is for")
