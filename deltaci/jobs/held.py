"""Judge a message that names a lease, by the server's clock alone (spec §3.3).

A message counts only if its lease exists, belongs to the runner that sends it, and is live and not
expired. Everything else is stale: it changes nothing, and the runner learns why.
"""

from datetime import datetime

from deltaci.errors import StaleLeaseError
from deltaci.states import LEASE, LeaseState, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.leases import Held, find_held, hash_lease_id
from deltaci.store.uploads import peek_lease
from deltaci.wire.runner import StaleReason


async def hold_lease(tx: Transaction, lease_id: str, runner_id: str) -> Held:
    """Hold the run that the lease is for and return both, whatever the lease's state.

    Raises StaleLeaseError for an unknown lease; another runner's is unknown too, so that nobody
    can probe for lease ids.
    """
    held = await find_held(tx, hash_lease_id(lease_id))
    if held is None or held.lease.runner_id != runner_id:
        raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
    return held


async def hold_active(tx: Transaction, lease_id: str, runner_id: str, now: datetime) -> Held:
    """Hold the run of an active lease and return both. Raises StaleLeaseError."""
    held = await hold_lease(tx, lease_id, runner_id)
    require_active(held, now)
    return held


async def peek_active(tx: Transaction, lease_id: str, runner_id: str, now: datetime) -> Held:
    """Read an active lease without holding its run. Raises StaleLeaseError."""
    held = await peek_live(tx, lease_id, runner_id, now)
    require_active(held, now)
    return held


async def peek_live(tx: Transaction, lease_id: str, runner_id: str, now: datetime) -> Held:
    """Read a live lease, acknowledged or not, without holding its run. Raises StaleLeaseError."""
    held = await peek_lease(tx, hash_lease_id(lease_id))
    if held is None or held.lease.runner_id != runner_id:
        raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
    require_live(held, now)
    return held


def require_live(held: Held, now: datetime) -> None:
    """Raise StaleLeaseError unless the lease is live and not past its expiry."""
    lease = held.lease
    if lease.state is LeaseState.REVOKED:
        raise StaleLeaseError(StaleReason.LEASE_REVOKED)
    if is_terminal(LEASE, lease.state) or lease.expires_at <= now:
        raise StaleLeaseError(StaleReason.LEASE_EXPIRED)


def require_active(held: Held, now: datetime) -> None:
    """Raise StaleLeaseError unless the lease is live and was acknowledged."""
    require_live(held, now)
    if held.lease.state is not LeaseState.ACTIVE:
        raise StaleLeaseError(StaleReason.UNKNOWN_LEASE)
