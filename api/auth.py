"""Who may call what. Every route names one of these; a test fails for a route that does not."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.state import Parts
from deltaci.errors import ForbiddenError, UnauthorizedError
from deltaci.identity.principal import Principal
from deltaci.identity.roles import Role

bearer = HTTPBearer(auto_error=False, description="An access token: `delta-ci token issue`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def authenticate(request: Request, parts: Parts, credentials: Credentials) -> Principal:
    """Return the caller. Raises UnauthorizedError without a valid token."""
    if credentials is None:
        raise UnauthorizedError
    caller = parts.signer.verify(credentials.credentials)
    request.state.caller = caller.id  # for the log
    return caller


Caller = Annotated[Principal, Depends(authenticate)]


def require(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that admits callers with one of these roles; refusals are audited."""

    async def requirement(request: Request, parts: Parts, caller: Caller) -> Principal:
        if caller.may_act_as(*roles):
            return caller
        await parts.refusals.note(caller, request.method, request.url.path)
        raise ForbiddenError(needs_one_of=sorted(roles))

    requirement.__name__ = "requires_" + "_or_".join(roles)
    return requirement


async def public() -> None:
    """Admit everybody, on purpose: health and metrics."""


PEOPLE_AND_CI = (Role.DEVELOPER, Role.DELIVERY_OWNER, Role.CI_PUBLISHER, Role.ADMIN)

CanRead = Annotated[Principal, Depends(require(Role.OBSERVER, *PEOPLE_AND_CI))]
CanRun = Annotated[Principal, Depends(require(*PEOPLE_AND_CI))]
CanRegister = Annotated[Principal, Depends(require(Role.DELIVERY_OWNER, Role.ADMIN))]
CanAdminister = Annotated[Principal, Depends(require(Role.ADMIN))]
IsRunner = Annotated[Principal, Depends(require(Role.RUNNER))]
Public = Annotated[None, Depends(public)]
