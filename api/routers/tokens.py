"""Access tokens."""

from datetime import timedelta

from fastapi import APIRouter, status

from api.answers import errors
from api.auth import CanAdminister
from api.state import Parts
from deltaci.store import audit
from deltaci.wire.tokens import IssuedToken, IssueToken

router = APIRouter(prefix="/api/v1/tokens", tags=["identity"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=errors(413))
async def issue(parts: Parts, caller: CanAdminister, request: IssueToken) -> IssuedToken:
    """Sign an access token; it is shown here once and stored nowhere."""
    issued = parts.signer.issue(
        request.subject,
        request.roles,
        timedelta(minutes=request.ttl_minutes),
        labels=request.labels,
        repos=request.repos,
    )
    async with parts.core.database.write() as tx:
        audit.record(
            tx,
            actor=caller.id,
            action=audit.Action.TOKEN_ISSUED,
            subject_kind="principal",
            subject_id=request.subject,
            at=parts.core.clock(),
            roles=[str(role) for role in request.roles],
            ttl_minutes=request.ttl_minutes,
            labels=request.labels,
            repos=request.repos,
        )
    return issued
