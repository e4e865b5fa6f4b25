"""Which services belong to a delivery group."""

from collections.abc import Collection

from deltaci.catalog.errors import ServiceAssignedError
from deltaci.store.database import Transaction
from deltaci.store.delivery_groups import assign_service


async def assign(tx: Transaction, group_id: str, services: Collection[str]) -> None:
    """Let services belong to a group. Raises ServiceAssignedError when another was faster."""
    for service in sorted(services):
        if not await assign_service(tx, group_id, service):
            raise ServiceAssignedError(service=service)
