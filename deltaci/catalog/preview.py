"""Say what is wrong with a delivery group or a recipe, or surprising, before it is stored."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from deltaci.catalog.faults import Fault
from deltaci.catalog.groups.check import faults_of as faults_of_group
from deltaci.catalog.groups.known import known_to
from deltaci.catalog.groups.values import requested
from deltaci.catalog.recipes.check import faults_of as faults_of_recipe
from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.wire.groups import GuardrailsPreview, MessageType, PreviewMessage, WriteGroup
from deltaci.wire.guardrails import EffectiveGuardrails
from deltaci.wire.recipe_messages import WriteRecipe
from deltaci.wire.recipes import RecipeStatus
from deltaci.wire.values import LenientModel

OF_A_GROUP = frozenset({"guardrails", "allowed_recipes", "services", "allowed_environments"})
OF_A_RECIPE = frozenset({"engine_type", "spec", "effective_behavior_summary", "status", "name"})
WITH_DEFAULTS = ("max_concurrent_deployments", "daily_deploy_quota", "daily_rollback_quota")
NEITHER = "this is neither a delivery group nor a recipe"
UNSET = "unset: {} counts"


async def preview(core: Core, sent: Mapping[str, Any]) -> GuardrailsPreview:
    """Return every message about what was sent; nothing is stored.

    Raises InvalidRequestError for what is neither a group nor a recipe.
    """
    if not OF_A_GROUP.isdisjoint(sent):
        messages = await _of_group(core, sent)
    elif not OF_A_RECIPE.isdisjoint(sent):
        messages = _of_recipe(sent)
    else:
        raise InvalidRequestError(NEITHER)
    weights = {message.type for message in messages}
    heaviest = [each for each in (MessageType.ERROR, MessageType.WARNING) if each in weights]
    return GuardrailsPreview(
        validation_status=heaviest[0] if heaviest else MessageType.OK, messages=messages
    )


async def _of_group(core: Core, sent: Mapping[str, Any]) -> list[PreviewMessage]:
    errors = _unreadable(WriteGroup, sent)
    if not errors:
        values = requested(WriteGroup.model_validate(sent), None)
        async with core.database.read() as tx:
            known = await known_to(tx, values)
        errors = [_error(each) for each in faults_of_group(sent.get("id", ""), values, known)]
    return [*_missing_id(sent), *errors, *_warnings(sent)]


def _of_recipe(sent: Mapping[str, Any]) -> list[PreviewMessage]:
    errors = _unreadable(WriteRecipe, sent)
    if errors:
        return [*_missing_id(sent), *errors]
    recipe = WriteRecipe.model_validate(sent)
    faults = faults_of_recipe(recipe.engine_type, recipe.spec.engine)
    messages = [*_missing_id(sent), *map(_error, faults)]
    if recipe.status is RecipeStatus.DEPRECATED:
        messages.append(_warning("status", "deprecated: nothing new is deployed by it"))
    return messages


def _missing_id(sent: Mapping[str, Any]) -> list[PreviewMessage]:
    return [] if sent.get("id") else [_message(MessageType.ERROR, "id", "is required")]


def _unreadable(model: type[LenientModel], sent: Mapping[str, Any]) -> list[PreviewMessage]:
    try:
        model.model_validate(sent)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return [
            _message(
                MessageType.ERROR,
                ".".join(map(str, each["loc"])),
                each["msg"].removeprefix("Value error, "),
            )
            for each in found
        ]
    return []


def _warnings(sent: Mapping[str, Any]) -> Iterator[PreviewMessage]:
    given = sent.get("guardrails")
    guardrails = given if isinstance(given, Mapping) else {}
    defaults = EffectiveGuardrails()
    for name in WITH_DEFAULTS:
        if guardrails.get(name) is None:
            yield _warning(f"guardrails.{name}", UNSET.format(getattr(defaults, name)))
    if not sent.get("services"):
        yield _warning("services", "no services: the group does nothing")
    if not sent.get("allowed_recipes"):
        yield _warning("allowed_recipes", "no recipes: nothing can be deployed")
    if sent.get("allowed_environments") == []:
        yield _warning("allowed_environments", "no environments: nothing can be deployed")


def _error(fault: Fault) -> PreviewMessage:
    return _message(MessageType.ERROR, fault.path, fault.problem)


def _warning(field: str, message: str) -> PreviewMessage:
    return _message(MessageType.WARNING, field, message)


def _message(weight: MessageType, field: str, message: str) -> PreviewMessage:
    return PreviewMessage(type=weight, field=field, message=message)
