"""API keys over the API: what tools report with."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from deltaci.identity.roles import Role
from deltaci.wire.values import StrictRequest, Timestamp, WireModel

GRANTABLE = frozenset(Role) - {Role.ADMIN, Role.RUNNER}
"""Keys live long and lie in many places: none of them may change who else may do what."""
GIVEN_MIN_LENGTH = 20


def _grantable(role: Role) -> Role:
    if role not in GRANTABLE:
        raise ValueError(f"a key may have {', '.join(sorted(GRANTABLE))}")
    return role


Scope = Annotated[Role, AfterValidator(_grantable)]


class CreateApiKey(StrictRequest):
    """`POST /api-keys/`: make a key. Admins only."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    """Which tool it is for."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)] = [Role.TRACKER]
    """The roles that the key has."""
    key: (
        Annotated[
            str,
            StringConstraints(
                min_length=GIVEN_MIN_LENGTH, max_length=255, pattern=r"^[\x21-\x7e]+$"
            ),
        ]
        | None
    ) = None
    """A key that tools have already, from another server; without it, one is made."""


class ApiKeyView(WireModel):
    """A key without the key itself, of which only a hash is kept."""

    id: str
    name: str
    scopes: list[Role]
    created_by: str
    created_at: Timestamp
    last_used_at: Timestamp | None
    """To about a minute; null when it was never used."""
    revoked_at: Timestamp | None


class NewApiKey(ApiKeyView):
    """A key, shown this once."""

    key: str = Field(repr=False)


class ApiKeyPage(WireModel):
    """One page of keys, newest first; `next_cursor` is null on the last."""

    items: list[ApiKeyView]
    next_cursor: str | None = None
