"""`max_concurrency`: a repository's runs beyond it wait for a slot, in order; none is dropped."""

from deltaci.core import Core
from deltaci.errors import NotFoundError
from deltaci.states import RUN, is_terminal
from deltaci.store.database import Transaction
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.runs import (
    count_held_slots,
    find_plan,
    find_run,
    first_waiting,
    hold_repository,
    set_slot,
)
from deltaci.store.tables import Run
from deltaci.store.tables.runs import Slot


async def claim_slot(core: Core, run_id: str) -> bool:
    """Take a slot for this run, or a place in the line for one. Repeating it changes nothing."""
    async with core.database.write() as tx:
        run = await _held(tx, run_id)
        if run.slot is Slot.HELD or is_terminal(RUN, run.state):
            return True
        first = await first_waiting(tx, run.repo_id)
        is_next = first is None or first.id == run_id or first.created_at > run.created_at
        if is_next and await _has_room(tx, run):
            await set_slot(tx, run_id, Slot.HELD)
            return True
        await set_slot(tx, run_id, Slot.WAITING)
        return False


async def release_slot(core: Core, run_id: str) -> None:
    """Give this run's slot up, and pass free ones on to the runs that have waited longest."""
    async with core.database.write() as tx:
        run = await _held(tx, run_id)
        if run.slot is not Slot.NONE:
            await set_slot(tx, run_id, Slot.NONE)
        while (waiting := await first_waiting(tx, run.repo_id)) and await _has_room(tx, waiting):
            await set_slot(tx, waiting.id, Slot.HELD)
            payload = {"workflow_id": waiting.workflow_id, "signal": "slot_granted"}
            await promise(tx, EffectKind.SIGNAL_RUN, payload, core.clock())


async def _held(tx: Transaction, run_id: str) -> Run:
    """Hold the run's repository, and then read the run: slots change only under that hold."""
    found = await find_run(tx, run_id)
    if found is not None:
        await hold_repository(tx, found.repo_id)
    run = await find_run(tx, run_id)
    if run is None:
        raise NotFoundError(f"no run {run_id!r}")
    return run


async def _has_room(tx: Transaction, run: Run) -> bool:
    plan = await find_plan(tx, run.id)
    limit = plan.policies.get("max_concurrency") if plan else None
    return limit is None or await count_held_slots(tx, run.repo_id) < limit
