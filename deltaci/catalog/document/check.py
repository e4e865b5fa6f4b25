"""Name everything that is wrong with a document, each by its path: nothing is written before."""

import re
from collections.abc import Iterator, Mapping

from deltaci.artifact_places import parse_prefix
from deltaci.catalog import errors
from deltaci.catalog.changes import Values
from deltaci.catalog.document.snapshot import Catalog
from deltaci.catalog.faults import Fault
from deltaci.catalog.groups.check import Known
from deltaci.catalog.groups.check import faults_of as faults_of_group
from deltaci.catalog.recipes.check import faults_of as faults_of_engine
from deltaci.errors import InvalidRequestError
from deltaci.wire.catalog import ENVIRONMENT_ID_PATTERN, LifecycleState
from deltaci.wire.catalog_document import CatalogDocument
from deltaci.wire.recipes import EngineType

REQUIRED: Mapping[str, type[InvalidRequestError]] = {
    "name": errors.RecipeNameRequiredError,
    "engine_type": InvalidRequestError,
    "effective_behavior_summary": errors.RecipeBehaviorRequiredError,
}


def faults_of(document: CatalogDocument, current: Catalog, wanted: Catalog) -> Iterator[Fault]:
    """Check what the document names, as it would be with all that it leaves out."""
    for name in document.environments:
        yield from _under(f"environments.{name}", _environment(name, current))
    for name in document.recipes:
        yield from _under(f"recipes.{name}", _recipe(wanted["recipes"][name]))
    for name in document.groups:
        yield from _under(f"groups.{name}", _group(name, current, wanted))
    for name in document.services:
        yield from _under(f"services.{name}", _service(name, current, wanted))


def _under(path: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    for each in faults:
        inner = f"{path}.{each.path}" if each.path else path
        yield Fault(each.kind, inner, each.problem, each.details)


def _environment(name: str, current: Catalog) -> Iterator[Fault]:
    is_new = name not in current["environments"]
    if is_new and not re.fullmatch(ENVIRONMENT_ID_PATTERN, name):
        kind = errors.InvalidEnvironmentIdError
        yield Fault(kind, "", "must be lower-case words and numbers, with hyphens between")


def _recipe(values: Values) -> Iterator[Fault]:
    for key, kind in REQUIRED.items():
        if not values[key]:
            yield Fault(kind, key, "is required")
    if values["engine_type"]:
        yield from faults_of_engine(EngineType(values["engine_type"]), values["spec"]["engine"])


def _group(name: str, current: Catalog, wanted: Catalog) -> Iterator[Fault]:
    values = wanted["groups"][name]
    if not values["name"]:
        yield Fault(errors.MissingNameError, "name", "is required")
    yield from faults_of_group(name, values, _known(name, wanted))
    bound = current["groups"].get(name, {}).get("environments", {})
    for environment, binding in values["environments"].items():
        path = f"environments.{environment}"
        if environment not in wanted["environments"]:
            yield Fault(errors.InvalidEnvironmentsError, path, "there is no such environment")
        elif binding["is_enabled"] and not bound.get(environment, {}).get("is_enabled"):
            yield from _not_retired(path, environment, wanted)


def _known(name: str, wanted: Catalog) -> Known:
    others = [(other, values) for other, values in wanted["groups"].items() if other != name]
    return Known(
        services=frozenset(wanted["services"]),
        environments=frozenset(wanted["environments"]),
        recipes=frozenset(wanted["recipes"]),
        assigned={service: other for other, values in others for service in values["services"]},
    )


def _service(name: str, current: Catalog, wanted: Catalog) -> Iterator[Fault]:
    values = wanted["services"][name]
    for place, source in enumerate(values["allowed_artifact_sources"]):
        try:
            parse_prefix(source)
        except ValueError as error:
            path = f"allowed_artifact_sources.{place}"
            yield Fault(InvalidRequestError, path, str(error))
    for place, recipe in enumerate(values["allowed_recipes"] or ()):
        if recipe not in wanted["recipes"]:
            path = f"allowed_recipes.{place}"
            yield Fault(errors.RecipeUnknownError, path, "there is no such recipe")
    routes = current["services"].get(name, {}).get("routes", {})
    for environment, recipe in values["routes"].items():
        path = f"routes.{environment}"
        if recipe not in wanted["recipes"]:
            yield Fault(errors.RecipeUnknownError, path, "there is no such recipe")
        if environment not in wanted["environments"]:
            yield Fault(errors.InvalidEnvironmentsError, path, "there is no such environment")
        elif routes.get(environment) != recipe:
            yield from _not_retired(path, environment, wanted)


def _not_retired(path: str, environment: str, wanted: Catalog) -> Iterator[Fault]:
    """What is there already may stay; nothing new leads to a retired environment."""
    if wanted["environments"][environment]["lifecycle_state"] == LifecycleState.RETIRED:
        yield Fault(errors.EnvironmentRetiredError, path, "the environment is retired")
