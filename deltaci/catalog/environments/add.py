"""Add an environment."""

from deltaci.catalog.changes import Values
from deltaci.catalog.environments.requested import requested
from deltaci.catalog.environments.values import columns_of, subject_of, values_of, view_of
from deltaci.catalog.errors import EnvironmentExistsError, InvalidEnvironmentIdError
from deltaci.catalog.faults import Fault, refusal
from deltaci.catalog.once import answered_before, keyed
from deltaci.catalog.record import record_change
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.ids import new_uid
from deltaci.store.database import Transaction
from deltaci.store.revisions import claim_row
from deltaci.store.tables import Environment
from deltaci.wire.catalog import AddEnvironment, EnvironmentView


async def add_environment(
    core: Core, author: Author, request: AddEnvironment, key: str | None = None
) -> EnvironmentView:
    """Add an environment; an equal request with the same key gets the first one's answer.

    Raises InvalidEnvironmentIdError, InvalidEnvironmentTypeError, EnvironmentExistsError and
    IdempotencyConflictError.
    """
    name = _name(request)
    row = new_environment(core, author, name, requested(request, name, {}))
    sent = keyed("environments.add", author.caller, key, request.model_dump(mode="json"))
    async with core.database.write() as tx:
        if earlier := await answered_before(tx, core, sent, view_of(row)):
            return EnvironmentView.model_validate(earlier)
        await insert_environment(tx, core, author, row)
    return view_of(row)


def new_environment(core: Core, author: Author, name: str, values: Values) -> Environment:
    """Return the row of an environment that is not stored yet."""
    now = core.clock()
    return Environment(
        id=name,
        uid=new_uid(),
        extra_metadata={},
        revision=1,
        created_by=author.caller.id,
        created_at=now,
        updated_at=now,
        **columns_of(values),
    )


async def insert_environment(tx: Transaction, core: Core, author: Author, row: Environment) -> None:
    """Store a new environment. Raises EnvironmentExistsError."""
    if not await claim_row(tx, row):
        raise EnvironmentExistsError
    record_change(tx, core, author, subject_of(row.id), None, values_of(row))


def _name(request: AddEnvironment) -> str:
    names = {each for each in (request.environment_id, request.id, request.name) if each}
    if len(names) != 1:
        problem = "is required" if not names else "and `name` and `environment_id` differ"
        raise refusal([Fault(InvalidEnvironmentIdError, "id", problem)])
    return names.pop()
