"""What is wrong with a recipe: pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from deltaci.catalog.errors import EngineTargetMissingError, RecipePipelineRequiredError
from deltaci.catalog.faults import Fault
from deltaci.errors import DeltaError, InvalidRequestError
from deltaci.wire.recipes import ENGINE_SETTINGS, EngineType

MISSING: Mapping[tuple[EngineType, str], type[DeltaError]] = {
    (EngineType.WEBHOOK, "url"): EngineTargetMissingError,
    (EngineType.RUNNER, "steps"): RecipePipelineRequiredError,
}
"""What an engine cannot do without, and how the DXCP contract calls that."""


def faults_of(engine_type: EngineType, engine: Mapping[str, Any]) -> list[Fault]:
    """Name what is wrong with an engine's settings; values are left out."""
    try:
        ENGINE_SETTINGS[engine_type].model_validate(engine)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return [_fault(engine_type, each["loc"], each["msg"]) for each in found]
    return []


def _fault(engine_type: EngineType, place: tuple[int | str, ...], message: str) -> Fault:
    kind = MISSING.get((engine_type, str(place[0]) if place else ""), InvalidRequestError)
    path = ".".join(map(str, ("spec", "engine", *place)))
    return Fault(kind, path, message.removeprefix("Value error, "))
