"""A runner that shuts down gives its job back."""

from deltaci.core import Core
from deltaci.jobs.held import hold_lease, require_live
from deltaci.jobs.lose import lose_lease
from deltaci.states import LeaseState
from deltaci.store.transitions import Moment
from deltaci.wire.runner import Acknowledged, HandBack


async def hand_back(core: Core, message: HandBack) -> Acknowledged:
    """Revoke the lease at its runner's wish, so that another runner can take the job at once.

    Raises StaleLeaseError when the lease no longer counts.
    """
    async with core.database.write() as tx:
        held = await hold_lease(tx, message.lease_id, message.runner_id)
        now = core.clock()
        require_live(held, now)
        moment = Moment(f"runner:{message.runner_id}", now, "handed back by its runner")
        await lose_lease(tx, core, held, LeaseState.REVOKED, moment, counts=False)
    return Acknowledged(lease_id=message.lease_id)
