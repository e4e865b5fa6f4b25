"""Reading and writing runs and their plans. States are moved by `transitions` only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, update

from deltaci.states import RUN, RunState, open_states
from deltaci.store.database import Transaction, is_serialised
from deltaci.store.pagination import decode_cursor, encode_cursor
from deltaci.store.tables import Recipe, Repository, Run, RunPlan, RunTrigger
from deltaci.store.tables.runs import Slot

RERUNS_MAX = 50
"""How far a chain of reruns in part is followed."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; empty means any."""

    repo_id: str = ""
    ref: str = ""
    state: RunState | None = None


async def hold_run(tx: Transaction, run_id: str) -> Run | None:
    """Hold a run's row until the transaction ends, and read it afresh.

    Every transaction that changes anything of a run begins here, so they follow one another.
    """
    return await tx.get(Run, run_id, populate_existing=True, with_for_update=True)


async def find_run(tx: Transaction, run_id: str) -> Run | None:
    """Read a run afresh."""
    return await tx.get(Run, run_id, populate_existing=True)


async def find_run_and_repository(tx: Transaction, run_id: str) -> tuple[Run, Repository] | None:
    """Read a run and what it is of."""
    statement = select(Run, Repository).join(Repository).where(Run.id == run_id)
    found = (await tx.execute(statement)).first()
    if found is None:
        return None
    run, repository = found
    return run, repository


async def find_plan(tx: Transaction, run_id: str) -> RunPlan | None:
    """Read a run's plan."""
    return await tx.get(RunPlan, run_id)


async def newest_green(tx: Transaction, run: Run) -> Run | None:
    """Return the newest earlier run of the ref that proved its whole commit.

    A rerun of some jobs proves only those, and a run whose caller chose the base only that range.
    """
    statement = (
        _earlier(run)
        .where(
            Run.state == RunState.SUCCEEDED,
            Run.job_filter.is_(None),
            Run.base_given.is_(False),
        )
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(1)
    )
    return await tx.scalar(statement)


async def oldest_of_ref(tx: Transaction, run: Run) -> Run | None:
    """Return the first run of the same repository and ref."""
    return await tx.scalar(_earlier(run).order_by(Run.created_at, Run.id).limit(1))


async def whole_run_of(tx: Transaction, run: Run) -> Run:
    """Return the run of all jobs that a rerun in part began with; the run itself if it is whole."""
    for _ in range(RERUNS_MAX):
        if run.job_filter is None or run.original_run_id is None:
            break
        run = await tx.get_one(Run, run.original_run_id)
    return run


async def reruns_in_part_of(tx: Transaction, whole: Run) -> Sequence[Run]:
    """Return the reruns of some of a run's jobs, and of some of theirs, oldest first."""
    found: list[Run] = []
    parents = [whole.id]
    for _ in range(RERUNS_MAX):
        statement = select(Run).where(Run.original_run_id.in_(parents), Run.job_filter.is_not(None))
        children = (await tx.scalars(statement)).all()
        if not children:
            break
        found += children
        parents = [child.id for child in children]
    return sorted(found, key=lambda run: (run.created_at, run.id))


async def unfinished_before(tx: Transaction, run: Run) -> Sequence[Run]:
    """Return the earlier runs of the same ref and purpose that can still be cancelled.

    On some forges a pull request's runs are for its branch's own ref: what was pushed to the branch
    is another purpose, and so is another pull request of it.
    """
    pull_request = select(RunTrigger.pr_number).where(RunTrigger.run_id == run.id)
    statement = (
        _earlier(run)
        .outerjoin(RunTrigger, RunTrigger.run_id == Run.id)
        .where(
            Run.state.in_(open_states(RUN) - {RunState.CANCEL_REQUESTED}),
            RunTrigger.pr_number.is_not_distinct_from(pull_request.scalar_subquery()),
        )
        .order_by(Run.created_at, Run.id)
    )
    return (await tx.scalars(statement)).all()


def _earlier(run: Run) -> Select[Run]:
    return select(Run).where(
        Run.repo_id == run.repo_id,
        Run.ref == run.ref,
        or_(
            Run.created_at < run.created_at,
            and_(Run.created_at == run.created_at, Run.id < run.id),
        ),
    )


async def newest_of_pull_request(
    tx: Transaction, repo_id: str, number: int, until: datetime
) -> Run | None:
    """Return the newest run of a pull request that existed at a moment."""
    statement = (
        select(Run)
        .join(RunTrigger, RunTrigger.run_id == Run.id)
        .where(Run.repo_id == repo_id, RunTrigger.pr_number == number, Run.created_at <= until)
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(1)
    )
    return await tx.scalar(statement)


async def list_runs(
    tx: Transaction, wanted: RunFilter, *, limit: int, cursor: str = ""
) -> tuple[Sequence[Run], str | None]:
    """Return one page, newest first, and the cursor of the next page if there is one."""
    statement = select(Run).order_by(Run.created_at.desc(), Run.id.desc()).limit(limit + 1)
    if wanted.repo_id:
        statement = statement.where(Run.repo_id == wanted.repo_id)
    if wanted.ref:
        statement = statement.where(Run.ref == wanted.ref)
    if wanted.state:
        statement = statement.where(Run.state == wanted.state)
    if cursor:
        (last_id,) = decode_cursor(cursor, 1)
        last = select(Run.created_at).where(Run.id == last_id).scalar_subquery()
        statement = statement.where(
            or_(Run.created_at < last, and_(Run.created_at == last, Run.id < last_id))
        )
    rows = (await tx.scalars(statement)).all()
    page = rows[:limit]
    return page, encode_cursor(page[-1].id) if len(rows) > limit else None


async def unsettled_since(tx: Transaction, before: datetime, limit: int) -> Sequence[Run]:
    """Return unfinished runs that nothing has touched or asked after since `before`."""
    statement = (
        select(Run)
        .where(
            Run.state.in_(open_states(RUN)),
            Run.updated_at < before,
            or_(Run.asked_after_at.is_(None), Run.asked_after_at < before),
        )
        .order_by(Run.updated_at)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


async def note_asked_after(tx: Transaction, run_id: str, now: datetime) -> None:
    """Note that somebody looked whether this run's workflow is still there."""
    await tx.execute(update(Run).where(Run.id == run_id).values(asked_after_at=now))


async def hold_repository(tx: Transaction, repo_id: str) -> None:
    """Hold a repository's row; a transaction that does so holds no run, and blocks no new ones."""
    if not is_serialised(tx):
        statement = select(Repository.id).where(Repository.id == repo_id)
        await tx.execute(statement.with_for_update(key_share=True))


async def count_held_slots(tx: Transaction, repo_id: str) -> int:
    """Count the repository's runs that hold a concurrency slot."""
    statement = (
        select(func.count())
        .select_from(Run)
        .where(Run.repo_id == repo_id, Run.slot == Slot.HELD, Run.state.in_(open_states(RUN)))
    )
    return (await tx.scalar(statement)) or 0


async def first_waiting(tx: Transaction, repo_id: str) -> Run | None:
    """Return the repository's run that has waited longest for a slot."""
    return await tx.scalar(
        select(Run)
        .where(Run.repo_id == repo_id, Run.slot == Slot.WAITING, Run.state.in_(open_states(RUN)))
        .order_by(Run.created_at, Run.id)
        .limit(1)
    )


async def set_slot(tx: Transaction, run_id: str, slot: Slot) -> None:
    """Record a run's place under its repository's concurrency limit."""
    await tx.execute(update(Run).where(Run.id == run_id).values(slot=slot))


async def supersede(tx: Transaction, run_id: str, successor_id: str) -> None:
    """Record which run took this one's place."""
    await tx.execute(update(Run).where(Run.id == run_id).values(superseded_by=successor_id))


async def recipes_of(tx: Transaction, repo_id: str, limit: int = 20) -> Sequence[Recipe]:
    """Return the repository's newest recipes."""
    statement = (
        select(Recipe)
        .where(Recipe.repo_id == repo_id)
        .order_by(Recipe.created_at.desc(), Recipe.id)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


async def touch_recipe(tx: Transaction, recipe_id: str, now: datetime) -> None:
    """Note that a recipe was used."""
    await tx.execute(update(Recipe).where(Recipe.id == recipe_id).values(last_used_at=now))
