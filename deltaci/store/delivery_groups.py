"""Reading and writing delivery groups, their services, and what they may do where."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, func, select

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import DeliveryGroup, GroupEnvironment, GroupService

Services = Mapping[str, list[str]]
"""Services of each group, by name."""


async def find_group(tx: Transaction, group_id: str) -> DeliveryGroup | None:
    """Read a group."""
    return await tx.get(DeliveryGroup, group_id, populate_existing=True)


async def all_groups(tx: Transaction) -> Sequence[DeliveryGroup]:
    """Read all groups by id."""
    return (await tx.scalars(select(DeliveryGroup).order_by(DeliveryGroup.id))).all()


async def services_of(tx: Transaction, group_ids: Collection[str] | None = None) -> Services:
    """Read the services of these groups, or of all; one without services is not there."""
    statement = select(GroupService.group_id, GroupService.service).order_by(GroupService.service)
    if group_ids is not None:
        statement = statement.where(GroupService.group_id.in_(sorted(group_ids)))
    found = defaultdict[str, list[str]](list)
    for group_id, service in await tx.execute(statement):
        found[group_id].append(service)
    return found


async def groups_of(tx: Transaction, services: Collection[str]) -> Mapping[str, str]:
    """Read which groups these services belong to."""
    statement = select(GroupService.service, GroupService.group_id).where(
        GroupService.service.in_(sorted(services))
    )
    found = await tx.execute(statement)
    return {service: group_id for service, group_id in found}  # noqa: C416 - rows are no pairs


async def release_services(tx: Transaction, group_id: str, services: Collection[str]) -> None:
    """Let services belong to a group no more."""
    if services:
        await tx.execute(
            delete(GroupService).where(
                GroupService.group_id == group_id, GroupService.service.in_(sorted(services))
            )
        )


async def assign_service(tx: Transaction, group_id: str, service: str) -> bool:
    """Let a service belong to a group; False when it belongs to one already."""
    return await insert_absent(tx, GroupService, service=service, group_id=group_id)


async def find_binding(tx: Transaction, group_id: str, environment: str) -> GroupEnvironment | None:
    """Read what a group may do in an environment, if that was said."""
    return await tx.get(GroupEnvironment, (group_id, environment), populate_existing=True)


async def bindings_of(tx: Transaction, group_id: str | None = None) -> Sequence[GroupEnvironment]:
    """Read what a group, or every group, may do where, in the order of promotions."""
    row = GroupEnvironment
    statement = select(row).order_by(row.group_id, row.order_index, row.environment)
    if group_id is not None:
        statement = statement.where(row.group_id == group_id)
    return (await tx.scalars(statement.execution_options(populate_existing=True))).all()


async def next_order_index(tx: Transaction, group_id: str) -> int:
    """Return the place behind all environments that a group is bound to."""
    last = select(func.max(GroupEnvironment.order_index)).where(
        GroupEnvironment.group_id == group_id
    )
    found = await tx.scalar(last)
    return 0 if found is None else found + 1
