"""Why a version may not enter an environment: one type per code of the contract (spec §3.3).

The base class of each says which HTTP status the contract gives it. A refusal is a value: the gates
return any number of them, and whoever deploys raises the first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from deltaci.errors import (
    DeltaError,
    ForbiddenError,
    InvalidRequestError,
    InvalidStateError,
    InvalidVersionError,
    MutationsDisabledError,
    NotFoundError,
    ProductUnknownError,
    QuotaExceededError,
    RoleForbiddenError,
)


class RefusedError(DeltaError):
    """The deployment is not allowed."""

    waits = False
    """Whether time or people can clear it, so that a deployment may wait for that."""

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: datetime | None = None,
        override_roles: Sequence[str] = (),
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
        self.override_roles = tuple(override_roles)
        self.violations: Sequence[RefusedError] = (self,)
        """Every refusal of the same question, this one first."""


class ConflictError(InvalidStateError):
    """What is there does not go together with this."""


class LockedError(InvalidStateError):
    """Now is not the time for this."""


class PreconditionError(InvalidStateError):
    """Something has to happen before this."""


class KeyReusedError(ConflictError):
    """The Idempotency-Key was already used for something else; use a new one."""

    code = "IDEMPOTENCY_CONFLICT"


class RoleMayNotDeployError(RefusedError, RoleForbiddenError):
    """The caller's role may not do this."""


class NotOfGroupError(RefusedError, ForbiddenError):
    """The caller is not among the owners of the service's delivery group."""

    code = "DELIVERY_GROUP_SCOPE_REQUIRED"


class ChangesSwitchedOffError(RefusedError, MutationsDisabledError):
    """An admin has switched off everything that changes something."""


class WithoutGroupError(RefusedError, ForbiddenError):
    """The service belongs to no delivery group; an admin has to add it to one."""

    code = "SERVICE_NOT_IN_DELIVERY_GROUP"


class EnvironmentMissingError(RefusedError, InvalidRequestError):
    """The request names no environment."""

    code = "ENVIRONMENT_REQUIRED"


class EnvironmentNotAllowedError(RefusedError, ForbiddenError):
    """Action not permitted by DeliveryGroup policy: the group may not use this environment."""

    code = "ENVIRONMENT_NOT_ALLOWED"


class EnvironmentRetiredError(RefusedError, ForbiddenError):
    """The environment is retired."""

    code = "ENVIRONMENT_RETIRED"


class EnvironmentDisabledError(RefusedError, ForbiddenError):
    """The environment is disabled."""

    code = "ENVIRONMENT_DISABLED"


class NotRoutedError(RefusedError, InvalidRequestError):
    """No recipe is chosen for this service in this environment."""

    code = "SERVICE_ENVIRONMENT_NOT_ROUTED"


class RecipeUnknownError(RefusedError, NotFoundError):
    """No such recipe."""

    code = "RECIPE_NOT_FOUND"


class RecipeDeprecatedError(RefusedError, ForbiddenError):
    """The recipe is deprecated."""

    code = "RECIPE_DEPRECATED"


class RecipeNotAllowedError(RefusedError, ForbiddenError):
    """Action not permitted by DeliveryGroup policy: the group may not use this recipe."""

    code = "RECIPE_NOT_ALLOWED"


class RecipeMismatchError(RefusedError, InvalidRequestError):
    """The service is deployed to this environment by another recipe."""

    code = "RECIPE_ID_MISMATCH"


class RecipeIncompatibleError(RefusedError, InvalidRequestError):
    """The service cannot be deployed by this recipe."""

    code = "RECIPE_INCOMPATIBLE"


class ServiceUnknownError(RefusedError, ProductUnknownError):
    """The service is not one that can be deployed."""


class VersionMalformedError(RefusedError, InvalidVersionError):
    """The version is not of the form MAJOR.MINOR.PATCH[-PRERELEASE]."""


class VersionUnregisteredError(RefusedError, InvalidRequestError):
    """No build of this version is registered; register it first."""

    code = "VERSION_NOT_FOUND"


class PromotionTargetMissingError(RefusedError, InvalidRequestError):
    """A promotion goes from one environment to another."""

    code = "PROMOTION_TARGET_REQUIRED"


class PromotionPathNotAllowedError(RefusedError, InvalidRequestError):
    """Promotions go to the next environment of the group's order only."""

    code = "PROMOTION_PATH_NOT_ALLOWED"


class PromotionIneligibleError(RefusedError, InvalidRequestError):
    """The version does not run well in the environment that it would be promoted from."""

    code = "PROMOTION_VERSION_INELIGIBLE"


class RollbackOfRollbackError(RefusedError, InvalidRequestError):
    """A rollback is not rolled back; deploy the version that you want."""

    code = "ROLLBACK_OF_ROLLBACK"


class NothingToGoBackToError(RefusedError, InvalidRequestError):
    """No other version has run well here before."""

    code = "NO_PRIOR_SUCCESSFUL_VERSION"


class PinnedError(RefusedError, ConflictError):
    """A rollback holds the environment; release its pin first, or say why not to wait for that."""

    code = "ENVIRONMENT_PINNED"


class QuotaUsedUpError(RefusedError, QuotaExceededError):
    """The group's quota for this environment and day is used up."""


class BusyError(RefusedError, ConflictError):
    """Another deployment is under way."""

    code = "CONCURRENCY_LIMIT_REACHED"


class BusyQueuedError(BusyError):
    """Another deployment is under way; this one has its turn after it."""

    waits = True


class SoakingError(RefusedError, PreconditionError):
    """The version has not run long enough where it comes from."""

    code = "INSUFFICIENT_SOAK_TIME"
    waits = True


class FrozenError(RefusedError, LockedError):
    """Deployments are not allowed at this time."""

    code = "NO_DEPLOY_WINDOW"
    waits = True


class UnapprovedError(RefusedError, PreconditionError):
    """Somebody has to approve of it."""

    code = "APPROVAL_REQUIRED"
    waits = True


class RejectedError(RefusedError, PreconditionError):
    """Somebody whose approval counts has rejected it."""

    code = "APPROVAL_REJECTED"


class SelfApprovalError(RefusedError, ForbiddenError):
    """Nobody approves of what they have asked for themselves."""

    code = "SELF_APPROVAL"


class RuleConflictError(RefusedError, ConflictError):
    """A rule does not allow it while something else is under way."""


class RuleLockedError(RefusedError, LockedError):
    """A rule does not allow it at this time."""


class RulePreconditionError(RefusedError, PreconditionError):
    """A rule asks for something else first."""
