"""Make the catalog what a document says, in one transaction, or say what that would change."""

from pydantic import SecretStr

from deltaci.catalog.changes import Change, changes_between
from deltaci.catalog.document.check import faults_of
from deltaci.catalog.document.merge import merged
from deltaci.catalog.document.snapshot import Catalog, Snapshot, hold_snapshot, take_snapshot
from deltaci.catalog.document.write import Writing, write_differences
from deltaci.catalog.environments.change import is_locked
from deltaci.catalog.errors import EnvironmentTypeLockedError
from deltaci.catalog.faults import Fault, refuse
from deltaci.catalog.recipes.secrets import change_of, sealed
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.catalog_document import CatalogChange, CatalogDifference, CatalogDocument


async def apply_catalog(core: Core, author: Author, document: CatalogDocument) -> CatalogDifference:
    """Make what the document names as it says; a document that is so already changes nothing.

    Raises the first fault's error, with every fault by its path, before anything is written; and
    InvalidStateError when something was changed meanwhile.
    """
    async with core.database.write() as tx:
        snapshot = await hold_snapshot(tx, document.services)
        before = snapshot.document()
        wanted = merged(before, document)
        await _check(tx, document, snapshot, before, wanted)
        secrets, told = _secrets(core, snapshot, document)
        await write_differences(Writing(tx, core, author, snapshot, before, wanted, secrets))
    return _difference(before, wanted, told, applied=True)


async def compare_catalog(core: Core, document: CatalogDocument) -> CatalogDifference:
    """Say what applying the document would change; raises what applying it would."""
    async with core.database.read() as tx:
        snapshot = await take_snapshot(tx)
        before = snapshot.document()
        wanted = merged(before, document)
        await _check(tx, document, snapshot, before, wanted)
    _, told = _secrets(core, snapshot, document)
    return _difference(before, wanted, told, applied=False)


async def _check(
    tx: Transaction,
    document: CatalogDocument,
    snapshot: Snapshot,
    before: Catalog,
    wanted: Catalog,
) -> None:
    faults = list(faults_of(document, before, wanted))
    for name, row in snapshot.environments.items():
        kind = EnvironmentType(wanted["environments"][name]["type"])
        if await is_locked(tx, row, kind):
            problem = "stays as it is, for something refers to the environment"
            path = f"environments.{name}.type"
            faults.append(Fault(EnvironmentTypeLockedError, path, problem))
    refuse(faults)


def _secrets(
    core: Core, snapshot: Snapshot, document: CatalogDocument
) -> tuple[dict[str, SecretStr], list[Change]]:
    """Return those secrets that change, and what may be told of that."""
    secrets, told = {}, []
    for name, entry in document.recipes.items():
        row = snapshot.recipes.get(name)
        current = row.sealed_secret if row else None
        changes = change_of(current, sealed(core, entry.secret, current))
        if changes and entry.secret is not None:
            secrets[name] = entry.secret
            told += [
                Change(f"recipes.{name}.{each.path}", each.before, each.after) for each in changes
            ]
    return secrets, told


def _difference(
    before: Catalog, wanted: Catalog, secrets: list[Change], *, applied: bool
) -> CatalogDifference:
    changes = [*changes_between(before, wanted), *secrets]
    listed = [CatalogChange(path=c.path, before=c.before, after=c.after) for c in changes]
    return CatalogDifference(changes=listed, applied=applied)
