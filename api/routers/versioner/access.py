"""Who may call the Versioner contract's routes, and bodies that are read only after that."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.auth import PEOPLE_AND_CI, Caller, require
from api.raw_body import raw_body
from deltaci.identity.principal import Principal
from deltaci.identity.roles import APPROVER_ROLES, Role
from deltaci.rules.approvers import APPROVES, REQUEST_EDITORS, RULE_EDITORS

Model = TypeVar("Model", bound=BaseModel)

CanTrack = Annotated[
    Principal,
    Depends(require(Role.TRACKER, Role.CI_PUBLISHER, Role.DELIVERY_OWNER, Role.ADMIN)),
]
"""May report builds and deployments."""
CanLook = Annotated[
    Principal,
    Depends(require(Role.OBSERVER, Role.TRACKER, *PEOPLE_AND_CI, *APPROVER_ROLES)),
]
"""May read what was reported."""
CanPropose = Annotated[Principal, Depends(require(Role.DEVELOPER, Role.DELIVERY_OWNER, Role.ADMIN))]
"""May prepare what others approve."""
CanRule = Annotated[Principal, Depends(require(*RULE_EDITORS))]
"""May change rules."""
CanRequest = Annotated[Principal, Depends(require(*REQUEST_EDITORS))]
"""May write deployment requests and tick their steps."""
CanSignOff = Annotated[Principal, Depends(require(*APPROVES))]
"""May sign off something; what exactly, is said by `deltaci.rules.approvers`."""
CanGovern = Annotated[Principal, Depends(require(Role.DELIVERY_OWNER, Role.ADMIN))]
"""May change the catalog, rules and notifications."""


def reads(model: type[Model]) -> Callable[..., Awaitable[Model]]:
    """Return a dependency that reads the body as JSON of this model, for callers who are known.

    The framework would tell anybody of a malformed body before it asks who is calling.
    """

    async def read(request: Request, _caller: Caller) -> Model:
        return parse(model, await raw_body(request))

    return read


def parse(model: type[Model], body: bytes) -> Model:
    """Read JSON of this model. Raises RequestValidationError."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from error
