"""Who may call what. Every route names one of these; a test fails for a route that does not."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from api.raw_body import lower_case_headers, raw_body
from api.state import Parts
from deltaci.errors import ForbiddenError, UnauthorizedError
from deltaci.identity.authenticator import is_signed
from deltaci.identity.principal import Principal
from deltaci.identity.roles import APPROVER_ROLES, Role
from deltaci.webhooks.receive import Verified

bearer = HTTPBearer(
    auto_error=False,
    description="An access token: `delta-ci token issue`, or of an OIDC issuer of the settings. Or "
    "an API key: `delta-ci api-key create`.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
signature = APIKeyHeader(
    name="X-Hub-Signature-256",
    scheme_name="WebhookSignature",
    auto_error=False,
    description="What the forge proves with that it knows a secret of the webhook: "
    "`X-Hub-Signature-256` of GitHub, `X-Hub-Signature` of Bitbucket, `X-Gitea-Signature`, "
    "`X-Gitlab-Token`.",
)


async def authenticate(request: Request, parts: Parts, credentials: Credentials) -> Principal:
    """Return the caller. Raises UnauthorizedError without a valid token or API key.

    Raises UnavailableError when whoever issued it cannot be asked for its keys.
    """
    if credentials is None:
        raise UnauthorizedError
    given = credentials.credentials
    recognize = parts.authenticator.authenticate if is_signed(given) else parts.key_ring.recognize
    caller = await recognize(given)
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


async def signed(
    request: Request,
    parts: Parts,
    provider: Annotated[str, Path(description="`github`, `gitlab`, `gitea` or `bitbucket`.")],
    _signature: Annotated[str | None, Security(signature)],
) -> Verified:
    """Return the delivery that a forge sent. Raises UnauthorizedError without a valid signature."""
    body = await raw_body(request)
    verified = await parts.reception.verify(provider, lower_case_headers(request), body)
    request.state.caller = f"webhook:{verified.forge.provider}"  # for the log
    return verified


async def public() -> None:
    """Admit everybody, on purpose: health and metrics."""


PEOPLE_AND_CI = (Role.DEVELOPER, Role.DELIVERY_OWNER, Role.CI_PUBLISHER, Role.ADMIN)

CanRead = Annotated[Principal, Depends(require(Role.OBSERVER, *PEOPLE_AND_CI, *APPROVER_ROLES))]
CanRun = Annotated[Principal, Depends(require(*PEOPLE_AND_CI))]
CanRegister = Annotated[Principal, Depends(require(Role.DELIVERY_OWNER, Role.ADMIN))]
CanAdminister = Annotated[Principal, Depends(require(Role.ADMIN))]
IsRunner = Annotated[Principal, Depends(require(Role.RUNNER))]
IsSigned = Annotated[Verified, Depends(signed)]
Public = Annotated[None, Depends(public)]
