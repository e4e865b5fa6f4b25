"""Access tokens over the API."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from deltaci.identity.principal import ID_MAX_LENGTH, SUBJECT_PATTERN
from deltaci.identity.roles import Role
from deltaci.wire.runs import RepoId
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

Subject = Annotated[
    str, StringConstraints(min_length=1, max_length=ID_MAX_LENGTH, pattern=SUBJECT_PATTERN)
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]*$"),
]


class IssueToken(StrictRequest):
    """`POST /api/v1/tokens`: sign a short-lived token for a subject. Admins only."""

    subject: Subject
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    ttl_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 90)] = 60
    labels: Annotated[list[Label], Field(min_length=1, max_length=100)] | None = None
    """Labels that count of a runner's, beside what its machine is; without it, all count."""
    repos: Annotated[list[RepoId], Field(min_length=1, max_length=100)] | None = None
    """Repositories whose jobs a runner may take; without it, those of all."""

    @model_validator(mode="after")
    def _only_runners_are_limited(self) -> Self:
        if (self.labels or self.repos) and Role.RUNNER not in self.roles:
            raise ValueError("labels and repos are for tokens with the role runner")
        return self


class IssuedToken(WireModel):
    """A token, shown once and stored nowhere."""

    token: str
    issuer: str
    subject: str
    roles: list[Role]
    expires_at: Timestamp
