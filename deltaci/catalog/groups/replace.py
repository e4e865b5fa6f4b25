"""Replace what is said of a delivery group."""

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import IdMismatchError, NoSuchGroupError
from deltaci.catalog.faults import Fault, refusal, refuse
from deltaci.catalog.groups.check import faults_of
from deltaci.catalog.groups.known import known_to
from deltaci.catalog.groups.members import assign
from deltaci.catalog.groups.values import columns_of, requested, subject_of, values_of, view_of
from deltaci.catalog.record import record_change
from deltaci.catalog.revision import change, require_revision
from deltaci.core import Core
from deltaci.governance.change import Author
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import find_group, release_services, services_of
from deltaci.store.tables import DeliveryGroup
from deltaci.wire.groups import GroupView, WriteGroup


async def replace_group(
    core: Core, author: Author, group_id: str, request: WriteGroup
) -> GroupView:
    """Replace a group; environments that the request does not list stay as they are.

    Raises IdMismatchError, NoSuchGroupError, what `groups.check` names, and InvalidStateError when
    it was changed meanwhile.
    """
    if request.id not in {None, group_id}:
        raise refusal([Fault(IdMismatchError, "id", "a delivery group's id cannot be changed")])
    async with core.database.write() as tx:
        row = await find_group(tx, group_id)
        if row is None:
            raise NoSuchGroupError
        require_revision(row, request.revision)
        before = values_of(row, (await services_of(tx, [group_id])).get(group_id, []))
        values = requested(request, before)
        refuse(list(faults_of(group_id, values, await known_to(tx, values))))
        await rewrite_group(tx, core, author, row, before, values)
        await assign(tx, group_id, {*values["services"]} - {*before["services"]})
    return view_of(row, values["services"])


async def rewrite_group(
    tx: Transaction,
    core: Core,
    author: Author,
    row: DeliveryGroup,
    before: Values,
    values: Values,
) -> None:
    """Let these values count, but assign no services yet: another group may have to let go first.

    Raises InvalidStateError when it was changed meanwhile.
    """
    await change(
        tx,
        row,
        updated_by=author.caller.id,
        updated_at=core.clock(),
        last_change_reason=author.reason or "",
        **columns_of(values),
    )
    await release_services(tx, row.id, {*before["services"]} - {*values["services"]})
    record_change(tx, core, author, subject_of(row.id), before, values)
