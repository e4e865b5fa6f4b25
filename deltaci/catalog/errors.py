"""What the DXCP contract refuses of the catalog; each keeps its code wherever it is shown."""

from deltaci.errors import InvalidRequestError, InvalidStateError, NotFoundError


class InvalidEnvironmentIdError(InvalidRequestError):
    """An environment's id is made of lower-case words and numbers, with single hyphens between."""

    code = "INVALID_ENVIRONMENT_ID"


class InvalidEnvironmentTypeError(InvalidRequestError):
    """The type is none that environments have."""

    code = "INVALID_ENVIRONMENT_TYPE"


class InvalidLifecycleError(InvalidRequestError):
    """An environment is active, disabled or retired."""

    code = "INVALID_ENVIRONMENT_LIFECYCLE_STATE"


class EnvironmentExistsError(InvalidStateError):
    """There is an environment of this name."""

    code = "ENVIRONMENT_EXISTS"


class EnvironmentTypeLockedError(InvalidStateError):
    """Whether an environment is production stays as it is while anything refers to it."""

    code = "ENVIRONMENT_TYPE_LOCKED"


class EnvironmentReferencedError(InvalidStateError):
    """Something refers to the environment; retire it instead."""

    code = "ENVIRONMENT_DELETE_BLOCKED_REFERENCED"


class EnvironmentRetiredError(InvalidStateError):
    """The environment is retired; make it active first."""

    code = "ENVIRONMENT_RETIRED"


class RecipeIdRequiredError(InvalidRequestError):
    """A recipe needs an id."""

    code = "RECIPE_ID_REQUIRED"


class RecipeNameRequiredError(InvalidRequestError):
    """A recipe needs a name."""

    code = "RECIPE_NAME_REQUIRED"


class RecipeBehaviorRequiredError(InvalidRequestError):
    """A recipe says in a sentence what it does."""

    code = "RECIPE_BEHAVIOR_REQUIRED"


class RecipePipelineRequiredError(InvalidRequestError):
    """The engine is not told what to do."""

    code = "RECIPE_DEPLOY_PIPELINE_REQUIRED"


class EngineTargetMissingError(InvalidRequestError):
    """The engine is not told where to do it."""

    code = "MISSING_ENGINE_APP"


class InvalidRecipeStatusError(InvalidRequestError):
    """A recipe is active or deprecated."""

    code = "INVALID_STATUS"


class RecipeExistsError(InvalidStateError):
    """There is a recipe with this id."""

    code = "RECIPE_EXISTS"


class RecipeInUseError(InvalidStateError):
    """Something refers to the recipe; deprecate it instead."""

    code = "RECIPE_IN_USE"


class RecipeUnknownError(InvalidRequestError):
    """There is no such recipe."""

    code = "RECIPE_NOT_FOUND"


class IdMismatchError(InvalidRequestError):
    """The id in the body is not the one in the path."""

    code = "ID_MISMATCH"


class MissingIdError(InvalidRequestError):
    """A delivery group needs an id."""

    code = "MISSING_ID"


class MissingNameError(InvalidRequestError):
    """A delivery group needs a name."""

    code = "MISSING_NAME"


class InvalidServicesError(InvalidRequestError):
    """The services are not a list of names, each once."""

    code = "INVALID_SERVICES"


class InvalidEnvironmentsError(InvalidRequestError):
    """The environments are not a list of known names, each once."""

    code = "INVALID_ENVIRONMENTS"


class InvalidRecipesError(InvalidRequestError):
    """The recipes are not a list of ids, each once."""

    code = "INVALID_RECIPES"


class InvalidGuardrailError(InvalidRequestError):
    """A guardrail is unknown, or out of its bounds."""

    code = "INVALID_GUARDRAIL"


class InvalidOwnerError(InvalidRequestError):
    """The owner is not a list of e-mail addresses, separated by commas."""

    code = "INVALID_OWNER"


class ServiceUnknownError(InvalidRequestError):
    """There is no such service."""

    code = "SERVICE_NOT_ALLOWLISTED"


class ServiceAssignedError(InvalidStateError):
    """A service belongs to one delivery group at the most."""

    code = "SERVICE_ALREADY_ASSIGNED"


class GroupExistsError(InvalidStateError):
    """There is a delivery group with this id."""

    code = "DELIVERY_GROUP_EXISTS"


class NoSuchEnvironmentError(NotFoundError):
    """No such environment."""


class NoSuchGroupError(NotFoundError):
    """No such delivery group."""


class NoSuchRecipeError(NotFoundError):
    """No such recipe."""


class NoSuchServiceError(NotFoundError):
    """No such service."""


class NoSuchRouteError(NotFoundError):
    """The service has no route to this environment."""
