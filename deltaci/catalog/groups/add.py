"""Add a delivery group."""

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import GroupExistsError, MissingIdError
from deltaci.catalog.faults import Fault, refusal, refuse
from deltaci.catalog.groups.check import faults_of
from deltaci.catalog.groups.known import known_to
from deltaci.catalog.groups.members import assign
from deltaci.catalog.groups.values import columns_of, requested, subject_of, view_of
from deltaci.catalog.once import answered_before, keyed
from deltaci.catalog.record import record_change
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import find_group
from deltaci.store.revisions import claim_row
from deltaci.store.tables import DeliveryGroup
from deltaci.wire.groups import GroupView, WriteGroup


async def add_group(
    core: Core, author: Author, request: WriteGroup, key: str | None = None
) -> GroupView:
    """Add a group; an equal request with the same key gets the first one's answer.

    Raises MissingIdError, GroupExistsError, what `groups.check` names, IdempotencyConflictError.
    """
    if request.id is None:
        raise refusal([Fault(MissingIdError, "id", "is required")])
    values = requested(request, None)
    row = new_group(core, author, request.id, values)
    sent = keyed("groups.add", author.caller, key, request.model_dump(mode="json"))
    async with core.database.write() as tx:
        view = view_of(row, values["services"])
        if earlier := await answered_before(tx, core, sent, view):
            return GroupView.model_validate(earlier)
        if await find_group(tx, row.id):
            raise GroupExistsError
        refuse(list(faults_of(row.id, values, await known_to(tx, values))))
        await insert_group(tx, core, author, row, values)
    return view


def new_group(core: Core, author: Author, group_id: str, values: Values) -> DeliveryGroup:
    """Return the row of a group that is not stored yet."""
    now, actor = core.clock(), author.caller.id
    return DeliveryGroup(
        id=group_id,
        revision=1,
        created_by=actor,
        created_at=now,
        updated_by=actor,
        updated_at=now,
        last_change_reason=author.reason or "",
        **columns_of(values),
    )


async def insert_group(
    tx: Transaction, core: Core, author: Author, row: DeliveryGroup, values: Values
) -> None:
    """Store a new group and its services. Raises GroupExistsError, ServiceAssignedError."""
    if not await claim_row(tx, row):
        raise GroupExistsError
    await assign(tx, row.id, values["services"])
    record_change(tx, core, author, subject_of(row.id), None, values)
