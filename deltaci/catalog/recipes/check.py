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
        return [
            Fault(
                _kind(engine_type, each["type"], each["loc"]),
                ".".join(map(str, ("spec", "engine", *each["loc"]))),
                each["msg"].removeprefix("Value error, "),
            )
            for each in found
        ]
    return []


def _kind(engine_type: EngineType, problem: str, place: tuple[int | str, ...]) -> type[DeltaError]:
    if problem != "missing":
        return InvalidRequestError
    return MISSING.get((engine_type, str(place[0])), InvalidRequestError)
