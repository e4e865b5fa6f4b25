"""Reading and writing what became of the builds that runs were to register."""

from datetime import datetime

from deltaci.store.database import Transaction
from deltaci.store.insertion import insert_absent
from deltaci.store.tables import RunBuild


async def find_run_build(tx: Transaction, run_id: str) -> RunBuild | None:
    """Read what became of a run's build; None while that is open, or when there is none."""
    return await tx.get(RunBuild, run_id, populate_existing=True)


async def note_run_build(
    tx: Transaction,
    run_id: str,
    now: datetime,
    *,
    build_id: str | None = None,
    refusal_code: str | None = None,
    refusal: str | None = None,
) -> bool:
    """Write how a run's build ended; False when that is known already."""
    return await insert_absent(
        tx,
        RunBuild,
        run_id=run_id,
        build_id=build_id,
        refusal_code=refusal_code,
        refusal=refusal,
        settled_at=now,
    )
