"""Who may deploy, and how its calls become those of the use cases."""

from typing import Annotated

import structlog
from fastapi import Depends, Response

from api.routers.dxcp.access import require_role
from api.routers.dxcp.answers import REPLAYED
from deltaci.builds.record import Call
from deltaci.deployments.submit import Submitted
from deltaci.governance.limits import count_change, count_read
from deltaci.identity.principal import Principal
from deltaci.wire.deployment_views import AdminDeploymentView, DeploymentView
from deltaci.wire.governance import ContractRole

_DEPLOYERS = (ContractRole.PLATFORM_ADMIN, ContractRole.DELIVERY_OWNER)

CanDeploy = Annotated[Principal, Depends(require_role(*_DEPLOYERS))]
"""The use case counts: a repetition costs nothing."""
CanValidate = Annotated[Principal, Depends(require_role(*_DEPLOYERS, before=count_read))]
CanSteer = Annotated[Principal, Depends(require_role(*_DEPLOYERS, before=count_change))]
CanVote = Annotated[Principal, Depends(require_role(*ContractRole, before=count_change))]
"""Whose vote counts is for the guardrails to say."""

Shown = AdminDeploymentView | DeploymentView


def call_of(caller: Principal, key: str | None) -> Call:
    """Describe this request to a use case."""
    return Call(caller, key, structlog.contextvars.get_contextvars().get("request_id", ""))


def told(response: Response, submitted: Submitted) -> Shown:
    """Answer with a deployment, and say whether an earlier request made it."""
    response.headers[REPLAYED] = str(submitted.replayed).lower()
    return submitted.deployment
