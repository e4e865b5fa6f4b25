"""Access tokens over the API."""

from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.identity.roles import Role
from deltaci.wire.values import StrictRequest, Timestamp, WireModel


class IssueToken(StrictRequest):
    """`POST /api/v1/tokens`: sign a short-lived token for a subject. Admins only."""

    subject: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    ttl_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 90)] = 60


class IssuedToken(WireModel):
    """A token, shown once and stored nowhere."""

    token: str
    issuer: str
    subject: str
    roles: list[Role]
    expires_at: Timestamp
