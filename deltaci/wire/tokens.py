"""Access tokens over the API."""

from typing import Annotated

from pydantic import Field, StringConstraints

from deltaci.identity.principal import ID_MAX_LENGTH, SUBJECT_PATTERN
from deltaci.identity.roles import Role
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

Subject = Annotated[
    str, StringConstraints(min_length=1, max_length=ID_MAX_LENGTH, pattern=SUBJECT_PATTERN)
]


class IssueToken(StrictRequest):
    """`POST /api/v1/tokens`: sign a short-lived token for a subject. Admins only."""

    subject: Subject
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    ttl_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 90)] = 60


class IssuedToken(WireModel):
    """A token, shown once and stored nowhere."""

    token: str
    issuer: str
    subject: str
    roles: list[Role]
    expires_at: Timestamp
