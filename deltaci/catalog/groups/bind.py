"""Say what a delivery group may do in an environment."""

from deltaci.catalog.changes import Values
from deltaci.catalog.errors import (
    EnvironmentRetiredError,
    NoSuchEnvironmentError,
    NoSuchGroupError,
)
from deltaci.catalog.groups.bindings import requested, subject_of, values_of, view_of
from deltaci.catalog.record import record_change
from deltaci.catalog.revision import change, require_revision
from deltaci.core import Core
from deltaci.errors import InvalidStateError
from deltaci.governance.change import CHANGED_MEANWHILE, Author
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import find_binding, next_order_index
from deltaci.store.environments import find_environment
from deltaci.store.revisions import claim_row, hold_known
from deltaci.store.tables import DeliveryGroup, Environment, GroupEnvironment
from deltaci.wire.catalog import LifecycleState
from deltaci.wire.groups import BindingView, WriteBinding


async def bind_environment(
    core: Core, author: Author, group_id: str, name: str, request: WriteBinding
) -> BindingView:
    """Bind a group to an environment, or change how; a new one comes last.

    Raises NoSuchGroupError, NoSuchEnvironmentError, EnvironmentRetiredError, and InvalidStateError
    when it was changed meanwhile.
    """
    async with core.database.write() as tx:
        environment = await known_pair(tx, group_id, name)
        row = await find_binding(tx, group_id, name)
        current = values_of(row) if row else await _first_values(tx, group_id)
        values = requested(request, current)
        if values["is_enabled"] and environment.lifecycle_state is LifecycleState.RETIRED:
            raise EnvironmentRetiredError(environment_id=name)
        if row is None:
            row = await insert_binding(tx, core, author, group_id, name, values)
        else:
            require_revision(row, request.revision)
            if values != current:
                await rewrite_binding(tx, core, author, row, values)
    return view_of(row)


async def insert_binding(
    tx: Transaction, core: Core, author: Author, group_id: str, name: str, values: Values
) -> GroupEnvironment:
    """Store a new binding. Raises InvalidStateError when somebody else did."""
    row = GroupEnvironment(
        group_id=group_id,
        environment=name,
        revision=1,
        updated_by=author.caller.id,
        updated_at=core.clock(),
        **values,
    )
    if not await claim_row(tx, row):
        raise InvalidStateError(CHANGED_MEANWHILE)
    record_change(tx, core, author, subject_of(group_id, name), None, values)
    return row


async def rewrite_binding(
    tx: Transaction, core: Core, author: Author, row: GroupEnvironment, values: Values
) -> None:
    """Let these values count. Raises InvalidStateError when it was changed meanwhile."""
    before = values_of(row)
    await change(tx, row, updated_by=author.caller.id, updated_at=core.clock(), **values)
    record_change(tx, core, author, subject_of(row.group_id, row.environment), before, values)


async def known_pair(tx: Transaction, group_id: str, name: str) -> Environment:
    """Hold a group and an environment. Raises NoSuchGroupError, NoSuchEnvironmentError."""
    if not await hold_known(tx, DeliveryGroup, [group_id]):
        raise NoSuchGroupError
    if not await hold_known(tx, Environment, [name]):
        raise NoSuchEnvironmentError
    environment = await find_environment(tx, name)
    assert environment is not None  # noqa: S101 - it is held
    return environment


async def _first_values(tx: Transaction, group_id: str) -> Values:
    order_index = await next_order_index(tx, group_id)
    return {"is_enabled": True, "order_index": order_index, "guardrails": {}}
