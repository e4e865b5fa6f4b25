"""Make a service known, or change what is said of it."""

from deltaci.catalog.changes import Values
from deltaci.catalog.record import Subject, record_change
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author
from deltaci.ids import new_uid
from deltaci.store.database import Transaction
from deltaci.store.registry import claim_service, describe_service
from deltaci.store.tables import Product


async def write_service(
    tx: Transaction,
    core: Core,
    author: Author,
    name: str,
    present: Values | None,
    values: Values,
) -> None:
    """Let these values count, its routes aside.

    Raises InvalidStateError when somebody else made it known meanwhile.
    """
    columns = {
        "description": values["description"],
        "artifact_sources": values["allowed_artifact_sources"],
        "repositories": values["allowed_repositories"],
        "compatible_recipes": values["allowed_recipes"],
    }
    before = None if present is None else _own(present)
    if before == _own(values):
        return
    if before is None and not await claim_service(tx, _row(core, author, name, columns)):
        raise InvalidStateError(CHANGED_MEANWHILE)
    await describe_service(tx, name, **columns)
    record_change(tx, core, author, Subject("service", name, service=name), before, _own(values))


def _row(core: Core, author: Author, name: str, columns: Values) -> Product:
    return Product(
        id=name,
        uid=new_uid(),
        is_service=True,
        extra_metadata={},
        created_by=author.caller.id,
        created_at=core.clock(),
        **columns,
    )


def _own(values: Values) -> Values:
    return {key: value for key, value in values.items() if key != "routes"}
