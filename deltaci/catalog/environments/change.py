"""Change an environment."""

from deltaci.catalog.changes import Values
from deltaci.catalog.environments.requested import requested
from deltaci.catalog.environments.values import (
    columns_of,
    contract_type,
    subject_of,
    values_of,
    view_of,
)
from deltaci.catalog.errors import EnvironmentTypeLockedError, NoSuchEnvironmentError
from deltaci.catalog.record import record_change
from deltaci.catalog.revision import change, require_revision
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.environments import find_environment, references_to
from deltaci.store.tables import Environment
from deltaci.wire.catalog import ChangeEnvironment, EnvironmentType, EnvironmentView


async def change_environment(
    core: Core, author: Author, name: str, request: ChangeEnvironment
) -> EnvironmentView:
    """Change what the request names.

    Raises NoSuchEnvironmentError, EnvironmentTypeLockedError, InvalidEnvironmentTypeError, and
    InvalidStateError when it was changed meanwhile.
    """
    async with core.database.write() as tx:
        row = await find_environment(tx, name)
        if row is None:
            raise NoSuchEnvironmentError
        require_revision(row, request.revision)
        values = requested(request, name, values_of(row))
        await rewrite_environment(tx, core, author, row, values)
    return view_of(row)


async def rewrite_environment(
    tx: Transaction, core: Core, author: Author, row: Environment, values: Values
) -> None:
    """Let these values count. Raises EnvironmentTypeLockedError, InvalidStateError."""
    if await is_locked(tx, row, EnvironmentType(values["type"])):
        raise EnvironmentTypeLockedError(environment_id=row.id)
    before = values_of(row)
    await change(tx, row, updated_at=core.clock(), **columns_of(values))
    record_change(tx, core, author, subject_of(row.id), before, values)


async def is_locked(tx: Transaction, row: Environment, wanted: EnvironmentType) -> bool:
    """Whether it must not become, or cease to be, production: something of ours refers to it.

    What other tools have reported is no reason: its type was only guessed from its name.
    """
    if contract_type(wanted) is contract_type(row.type):
        return False
    return bool(await references_to(tx, row.id, asked_only=True))
