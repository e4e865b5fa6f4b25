"""Write what differs between the catalog as it is and as a document wants it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from deltaci.catalog.changes import Values
from deltaci.catalog.document.snapshot import Catalog, Snapshot
from deltaci.catalog.document.write_service import write_service
from deltaci.catalog.environments.add import insert_environment, new_environment
from deltaci.catalog.environments.change import rewrite_environment
from deltaci.catalog.groups.add import insert_group, new_group
from deltaci.catalog.groups.bind import insert_binding, rewrite_binding
from deltaci.catalog.groups.members import assign
from deltaci.catalog.groups.replace import rewrite_group
from deltaci.catalog.groups.unbind import delete_binding
from deltaci.catalog.recipes.add import insert_recipe, new_recipe
from deltaci.catalog.recipes.replace import rewrite_recipe
from deltaci.catalog.routing.remove import delete_route
from deltaci.catalog.routing.set import insert_route, rewrite_route
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Writing:
    """One transaction's work: from what is there to what is wanted."""

    tx: Transaction
    core: Core
    author: Author
    snapshot: Snapshot
    before: Catalog
    wanted: Catalog
    secrets: Mapping[str, SecretStr]
    """By recipe; only those that change."""


async def write_differences(work: Writing) -> None:
    """Write everything in an order in which whatever is referred to is there.

    Raises InvalidStateError when something was changed meanwhile.
    """
    for name in _differing(work, "services"):
        present, values = work.before["services"].get(name), work.wanted["services"][name]
        await write_service(work.tx, work.core, work.author, name, present, values)
    for name in _differing(work, "environments"):
        await _environment(work, name, work.wanted["environments"][name])
    for name in sorted({*_differing(work, "recipes"), *work.secrets}):
        await _recipe(work, name, work.wanted["recipes"][name])
    await _groups(work)
    for name in _differing(work, "services"):
        await _routes(work, name, work.wanted["services"][name]["routes"])


def _differing(work: Writing, kind: str) -> list[str]:
    before, wanted = work.before[kind], work.wanted[kind]
    return sorted(name for name in wanted if before.get(name) != wanted[name])


async def _environment(work: Writing, name: str, values: Values) -> None:
    tx, core, author = work.tx, work.core, work.author
    row = work.snapshot.environments.get(name)
    if row is None:
        await insert_environment(tx, core, author, new_environment(core, author, name, values))
    else:
        await rewrite_environment(tx, core, author, row, values)


async def _recipe(work: Writing, name: str, values: Values) -> None:
    tx, core, author = work.tx, work.core, work.author
    row, secret = work.snapshot.recipes.get(name), work.secrets.get(name)
    if row is None:
        await insert_recipe(tx, core, author, new_recipe(core, author, name, values, secret))
    else:
        await rewrite_recipe(tx, core, author, row, values, secret)


async def _groups(work: Writing) -> None:
    """A service is assigned when every group has let go of those that it loses."""
    changed, snapshot = _differing(work, "groups"), work.snapshot
    for name in sorted(changed, key=lambda name: name not in snapshot.groups):
        await _group(work, name, work.wanted["groups"][name])
    for name in changed:
        values = work.wanted["groups"][name]
        if name in snapshot.groups:
            gained = {*values["services"]} - {*snapshot.members.get(name, ())}
            await assign(work.tx, name, gained)
        await _bindings(work, name, values["environments"])


async def _group(work: Writing, name: str, values: Values) -> None:
    tx, core, author = work.tx, work.core, work.author
    own = {key: value for key, value in values.items() if key != "environments"}
    row = work.snapshot.groups.get(name)
    if row is None:
        await insert_group(tx, core, author, new_group(core, author, name, own), own)
        return
    before = {**work.before["groups"][name]}
    del before["environments"]
    if before != own:
        await rewrite_group(tx, core, author, row, before, own)


async def _bindings(work: Writing, group_id: str, wanted: Mapping[str, Values]) -> None:
    tx, core, author = work.tx, work.core, work.author
    present = work.before["groups"].get(group_id, {}).get("environments", {})
    for name in sorted(present.keys() - wanted.keys()):
        await delete_binding(tx, core, author, work.snapshot.bindings[group_id, name])
    for name, values in sorted(wanted.items()):
        if name not in present:
            await insert_binding(tx, core, author, group_id, name, values)
        elif present[name] != values:
            row = work.snapshot.bindings[group_id, name]
            await rewrite_binding(tx, core, author, row, values)


async def _routes(work: Writing, service: str, wanted: Mapping[str, str]) -> None:
    tx, core, author = work.tx, work.core, work.author
    present = work.before["services"].get(service, {}).get("routes", {})
    for name in sorted(present.keys() - wanted.keys()):
        await delete_route(tx, core, author, work.snapshot.routes[service, name])
    for name, recipe in sorted(wanted.items()):
        if name not in present:
            await insert_route(tx, core, author, service, name, recipe)
        elif present[name] != recipe:
            await rewrite_route(tx, core, author, work.snapshot.routes[service, name], recipe)
