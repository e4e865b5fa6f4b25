"""Promise that a green run's build is registered, in the transaction that makes it green."""

from datetime import datetime

from deltaci.store.database import Transaction
from deltaci.store.outbox import EffectKind, promise
from deltaci.store.reports import find_trigger
from deltaci.store.tables import Run, RunPlan


async def promise_build(tx: Transaction, run: Run, plan: RunPlan, now: datetime) -> None:
    """Promise the registration, if the plan has one; nothing that is not merged registers."""
    if plan.build is None or run.fork:
        return
    trigger = await find_trigger(tx, run.id)
    if trigger is None or trigger.pr_number is None:
        await promise(tx, EffectKind.REGISTER_BUILD, {"run_id": run.id}, now)
