"""A newer run of the same ref takes the place of older ones, where the policy wants that."""

from fnmatch import fnmatchcase

from deltaci.core import Core
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.runs.cancel import request_cancel
from deltaci.runs.ports import Commits
from deltaci.runs.record import RunKind
from deltaci.states import RUN, RunState, is_terminal
from deltaci.store.reports import find_trigger
from deltaci.store.runs import find_plan, hold_run, supersede, unfinished_before
from deltaci.store.tables import Run
from deltaci.wire.runner import CancelReason

BRANCHES = "refs/heads/"


async def supersede_older(core: Core, commits: Commits, run: Run) -> None:
    """Cancel the older unfinished runs of this run's ref, each recording its successor.

    Forges do not promise to deliver in order: should an older run be for a commit that builds on
    this one's, then it is this run that has been overtaken. A rerun looks at an old commit again,
    so it takes nobody's place, and neither does a deployment's job.
    """
    if run.kind in {RunKind.RERUN, RunKind.DEPLOYMENT} or not await _is_wanted(core, run):
        return
    async with core.database.read() as tx:
        older = await unfinished_before(tx, run)
    for candidate in older:
        try:
            is_newer = await _builds_on(commits, candidate, run)
        except UnavailableError:
            continue  # nobody knows which of the two is the newer: both go on
        if is_newer:
            await _replace(core, run, candidate)
            return
        await _replace(core, candidate, run)


async def _is_wanted(core: Core, run: Run) -> bool:
    """What ci.ai.yaml says, else the settings for pull requests; never for excluded branches."""
    excluded = core.settings.supersede_never.split(",")
    branch = run.ref.removeprefix(BRANCHES)
    if any(pattern.strip() and fnmatchcase(branch, pattern.strip()) for pattern in excluded):
        return False
    async with core.database.read() as tx:
        plan = await find_plan(tx, run.id)
        trigger = await find_trigger(tx, run.id)
    declared: bool | None = plan.policies.get("cancel_superseded") if plan else None
    if declared is not None:
        return declared
    is_pull_request = trigger is not None and trigger.pr_number is not None
    return is_pull_request and core.settings.supersede_pull_requests


async def _builds_on(commits: Commits, newer: Run, older: Run) -> bool:
    """Whether one run's commit has the other's in its history; it may not have been planned yet."""
    if newer.commit_sha == older.commit_sha:
        return False
    try:
        await commits.bring(newer.commit_sha, newer.ref, vouched=True)  # only to be compared
        base = await commits.merge_base(older.commit_sha, newer.commit_sha)
    except InvalidRequestError:
        return False  # it is gone
    return base == older.commit_sha


async def _replace(core: Core, overtaken: Run, successor: Run) -> None:
    async with core.database.write() as tx:
        found = await hold_run(tx, overtaken.id)
        if found is None or is_terminal(RUN, found.state):
            return
        if found.state is RunState.CANCEL_REQUESTED:
            return
        await supersede(tx, found.id, successor.id)
        why = f"superseded by {successor.id}"
        await request_cancel(tx, core, found, successor.created_by, CancelReason.SUPERSEDED, why)
