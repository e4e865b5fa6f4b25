"""Lay a document over the catalog as it is: what it leaves out stays. Pure."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from deltaci.catalog.changes import Values
from deltaci.catalog.document.snapshot import Catalog
from deltaci.catalog.environment_type import environment_type
from deltaci.catalog.groups.values import DEFAULTS as GROUP_DEFAULTS
from deltaci.catalog.groups.values import guardrails_as_stored
from deltaci.catalog.recipes.check import faults_of
from deltaci.catalog.recipes.values import spec_as_stored
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.catalog_document import (
    BindingEntry,
    CatalogDocument,
    Entry,
    EnvironmentEntry,
    GroupEntry,
    RecipeEntry,
    ServiceEntry,
)
from deltaci.wire.recipes import EngineType, RecipeSpec, RecipeStatus


def merged(current: Catalog, document: CatalogDocument) -> Catalog:
    """Return the catalog that the document asks for."""
    wanted = deepcopy(current)
    kinds: list[tuple[str, Mapping[str, Any], Callable[[str, Any, Values], Values]]] = [
        ("environments", document.environments, _environment),
        ("recipes", document.recipes, _recipe),
        ("groups", document.groups, _group),
        ("services", document.services, _service),
    ]
    for kind, entries, lay in kinds:
        for name, entry in entries.items():
            wanted[kind][name] = lay(name, entry, wanted[kind].get(name, {}))
    return wanted


def _given(entry: Entry, *names: str) -> Values:
    """Return what an entry says of these keys, as JSON."""
    said = entry.model_dump(mode="json", include={*names} & entry.model_fields_set)
    return dict(said)


def _environment(name: str, entry: EnvironmentEntry, current: Values) -> Values:
    defaults = {
        "display_name": name,
        "type": environment_type(name).value,
        "lifecycle_state": LifecycleState.ACTIVE.value,
        "description": "",
    }
    return defaults | current | _given(entry, *defaults)


def _recipe(_name: str, entry: RecipeEntry, current: Values) -> Values:
    defaults: Values = {
        "name": "",
        "description": "",
        "engine_type": None,
        "spec": None,
        "effective_behavior_summary": "",
        "status": RecipeStatus.ACTIVE.value,
    }
    values = defaults | current | _given(entry, *defaults)
    if values["engine_type"] is None:
        return values
    engine_type = EngineType(values["engine_type"])
    spec = entry.spec if "spec" in entry.model_fields_set else _spec(values["spec"])
    broken = faults_of(engine_type, spec.engine)
    stored = spec.model_dump(mode="json") if broken else spec_as_stored(engine_type, spec)
    return values | {"spec": stored}


def _spec(stored: Values | None) -> RecipeSpec:
    return RecipeSpec() if stored is None else RecipeSpec.model_validate(stored)


def _service(_name: str, entry: ServiceEntry, current: Values) -> Values:
    defaults: Values = {
        "description": "",
        "allowed_artifact_sources": [],
        "allowed_repositories": [],
        "allowed_recipes": None,
        "routes": {},
    }
    return defaults | current | _given(entry, *defaults)


def _group(_name: str, entry: GroupEntry, current: Values) -> Values:
    defaults = {"name": "", **GROUP_DEFAULTS, "environments": {}}
    values = defaults | current | _given(entry, *(defaults.keys() - {"guardrails"}))
    values["services"] = sorted(values["services"])
    if "guardrails" in entry.model_fields_set:
        values["guardrails"] = guardrails_as_stored(entry.guardrails)
    if "environments" in entry.model_fields_set:
        values["environments"] = _bindings(entry.environments, current.get("environments", {}))
    return values


def _bindings(
    entries: Mapping[str, BindingEntry], current: Mapping[str, Values]
) -> dict[str, Values]:
    """A binding that is new and says nothing of its place comes behind all before it."""
    found: dict[str, Values] = {}
    for name, entry in entries.items():
        last = max((each["order_index"] for each in found.values()), default=-1)
        defaults: Values = {"is_enabled": True, "order_index": last + 1, "guardrails": {}}
        values = defaults | current.get(name, {}) | _given(entry, "is_enabled", "order_index")
        if "guardrails" in entry.model_fields_set:
            values["guardrails"] = guardrails_as_stored(entry.guardrails)
        found[name] = values
    return found
