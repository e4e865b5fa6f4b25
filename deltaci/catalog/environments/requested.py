"""What a request says of an environment, in the words of either contract: pure."""

from deltaci.catalog.changes import Values
from deltaci.catalog.environment_type import environment_type
from deltaci.catalog.environments.values import contract_type
from deltaci.catalog.errors import InvalidEnvironmentTypeError
from deltaci.catalog.faults import Fault, refusal
from deltaci.wire.catalog import (
    ChangeEnvironment,
    ContractType,
    EnvironmentType,
    LifecycleState,
)


def requested(request: ChangeEnvironment, name: str, current: Values) -> Values:
    """Return the values that a request asks for; what it leaves out is as in `current`.

    Raises InvalidEnvironmentTypeError when it says two things of the type, or nothing at all.
    """
    kind = _type(request, name, current.get("type"))
    given = {
        "display_name": request.display_name,
        "type": kind.value,
        "lifecycle_state": _lifecycle(request, current.get("lifecycle_state")).value,
        "description": request.description,
    }
    defaults = {"display_name": name, "description": ""}
    return defaults | current | {key: value for key, value in given.items() if value is not None}


def _type(request: ChangeEnvironment, name: str, current: str | None) -> EnvironmentType:
    told = [each for each in (request.type, request.kind) if each is not None]
    if not told:
        if current is None:
            raise refusal([Fault(InvalidEnvironmentTypeError, "type", "is required")])
        return EnvironmentType(current)
    exact = {each for each in told if isinstance(each, EnvironmentType)}
    roughly = {_rough(each) for each in told}
    if len(exact) > 1 or len(roughly) > 1:
        raise refusal([Fault(InvalidEnvironmentTypeError, "kind", "is not what `type` says")])
    if exact:
        return exact.pop()
    if roughly == {ContractType.PROD}:
        return EnvironmentType.PRODUCTION
    return _somewhere_else(name, current)


def _rough(told: ContractType | EnvironmentType) -> ContractType:
    return contract_type(told) if isinstance(told, EnvironmentType) else told


def _somewhere_else(name: str, current: str | None) -> EnvironmentType:
    """Of what is not production, more is known by what it is already, or by its name."""
    known = EnvironmentType(current) if current else environment_type(name)
    return EnvironmentType.OTHER if known is EnvironmentType.PRODUCTION else known


def _lifecycle(request: ChangeEnvironment, current: str | None) -> LifecycleState:
    state = LifecycleState(current or LifecycleState.ACTIVE)
    if request.lifecycle_state is not None:
        return request.lifecycle_state
    if request.is_enabled is None:
        return state
    if request.is_enabled:
        return LifecycleState.ACTIVE
    return state if state is LifecycleState.RETIRED else LifecycleState.DISABLED
