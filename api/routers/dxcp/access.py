"""What a request of `/v1` needs before its body is looked at, in the contract's order (spec §2.4).

The caller's limit, its role, the switch that refuses changes, and then the key.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

import structlog
from fastapi import Depends, Request

from api.answers import IdempotencyKey
from api.auth import Caller
from api.state import Parts
from deltaci.core import Core
from deltaci.errors import KeyRequiredError, RoleForbiddenError, RoleRequiredError
from deltaci.governance.change import Author
from deltaci.governance.limits import count_change, count_read
from deltaci.governance.mutations import require_mutations_enabled
from deltaci.governance.roles import contract_roles
from deltaci.identity.principal import Principal
from deltaci.wire.governance import ContractRole

Step = Callable[[Core, str], Awaitable[None]]


async def while_enabled(core: Core, _caller_id: str) -> None:
    """Refuse what changes something while an admin has switched changes off."""
    await require_mutations_enabled(core)


def require_role(
    *roles: ContractRole, before: Step | None = None, after: Step | None = None
) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that admits callers whose highest role is one of these.

    `before` and `after` are steps around that decision; refusals are audited.
    """

    async def requirement(request: Request, parts: Parts, caller: Caller) -> Principal:
        if before:
            await before(parts.core, caller.id)
        held = contract_roles(caller.roles)
        if not held or held[0] not in roles:
            await parts.refusals.note(caller, request.method, request.url.path)
            raise RoleForbiddenError(needs_one_of=sorted(roles)) if held else RoleRequiredError
        if after:
            await after(parts.core, caller.id)
        return caller

    requirement.__name__ = "requires_" + "_or_".join(roles).lower()
    return requirement


async def required_key(key: IdempotencyKey = None) -> str:
    """Return the request's key. Raises KeyRequiredError."""
    if not key or key.isspace():
        raise KeyRequiredError
    return key


def author(caller: Principal, reason: str | None = None) -> Author:
    """Say who changes a setting in this request."""
    return Author(caller, structlog.contextvars.get_contextvars().get("request_id", ""), reason)


_admin = ContractRole.PLATFORM_ADMIN

IsKnown = Annotated[Principal, Depends(require_role(*ContractRole))]
"""Has any role of the contract; the route counts and decides itself."""
CanAsk = Annotated[Principal, Depends(require_role(*ContractRole, before=count_read))]
CanInspect = Annotated[Principal, Depends(require_role(_admin, before=count_read))]
CanConfigure = Annotated[
    Principal, Depends(require_role(_admin, before=count_change, after=while_enabled))
]
CanSwitch = Annotated[Principal, Depends(require_role(_admin, before=count_change))]
"""For the switch itself, which has to work while it is off."""
RequiredKey = Annotated[str, Depends(required_key)]
