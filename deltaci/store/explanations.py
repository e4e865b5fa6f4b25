"""Writing failure explanations: one per attempt, the newest counts."""

from sqlalchemy import delete

from deltaci.store.database import Transaction
from deltaci.store.jobs import find_work
from deltaci.store.reports import promise_report
from deltaci.store.tables import FailureExplanation


async def save_explanation(tx: Transaction, explanation: FailureExplanation) -> None:
    """Store an explanation in place of the attempt's earlier one, and have the forge told."""
    work = await find_work(tx, explanation.attempt_id, hold=True)
    await tx.execute(
        delete(FailureExplanation).where(FailureExplanation.attempt_id == explanation.attempt_id)
    )
    tx.add(explanation)
    if work is not None:
        await promise_report(tx, work.run, explanation.created_at)
