"""Activities about whole deployments: short steps that touch our rows only."""

from temporalio import activity

from deltaci.core import Core
from deltaci.deployments.admit import admit
from deltaci.deployments.cancel import cancel_from_outside
from deltaci.deployments.settle import settle
from deltaci.deployments.verify import begin_verification
from deltaci.wire.deployment_orders import (
    Admission,
    DeploymentEnding,
    DeploymentOutcome,
    DeploymentRef,
)

TEMPORAL_OPERATOR = "temporal-operator"
"""Who cancels through Temporal's UI or CLI; Temporal does not tell us more."""


class DeploymentActivities:
    """Admits and settles deployments."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @activity.defn
    async def admit_deployment(self, deployment: DeploymentRef) -> Admission:
        """Let the deployment begin if everything allows it now."""
        return await admit(self._core, deployment.deployment_id)

    @activity.defn
    async def begin_verification(self, deployment: DeploymentRef) -> None:
        """Note that the engine has ended well."""
        await begin_verification(self._core, deployment.deployment_id)

    @activity.defn
    async def cancel_from_outside(self, deployment: DeploymentRef) -> None:
        """Cancel the deployment as its API would; too late is fine."""
        await cancel_from_outside(self._core, TEMPORAL_OPERATOR, deployment.deployment_id)

    @activity.defn
    async def settle_deployment(self, ending: DeploymentEnding) -> DeploymentOutcome:
        """End the deployment, with all that follows from it."""
        return await settle(self._core, ending)
