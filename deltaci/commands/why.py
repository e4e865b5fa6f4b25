"""Answer `/ci why`: why a job ran or did not, or what a change of a path leads to."""

from deltaci.core import Core
from deltaci.errors import InvalidRequestError
from deltaci.reports.inert import SENTENCE_MAX, code
from deltaci.runs.ports import CommitSource
from deltaci.runs.preview import preview_plan
from deltaci.runs.read import read_run
from deltaci.store.jobs import repository_of
from deltaci.store.tables import Run
from deltaci.wire.plans import DiffSummary, MakePlan
from deltaci.wire.runs import JobDetail, RunDetail

JOBS_SHOWN = 20


async def why(core: Core, commits: CommitSource, run: Run, target: str) -> str:
    """Return an answer in Markdown. Raises UnavailableError when the planner cannot be asked."""
    detail = await read_run(core, run.id)
    return _about_job(detail, target) or await _about_path(core, commits, run, target)


def _about_job(detail: RunDetail, name: str) -> str:
    for job in detail.jobs:
        if job.job.name == name:
            return _ran(job)
    for skipped in detail.plan.skipped_jobs if detail.plan else ():
        if skipped.name == name:
            return f"{code(name)} did not run: {code(skipped.reason, SENTENCE_MAX)}."
    return ""


def _ran(detail: JobDetail) -> str:
    job = detail.job
    reason = code(job.reason or "declared", SENTENCE_MAX)
    lines = [f"{code(job.name)} is {job.state}. Planned because: {reason}."]
    if job.state_reason:
        lines.append(f"Now: {code(job.state_reason, SENTENCE_MAX)}.")
    if detail.failure_explanations:
        newest = detail.failure_explanations[0]
        verdict = f"{newest.category}/{newest.confidence} rule {newest.rule_version}"
        lines.append(f"Failure: {code(newest.summary, SENTENCE_MAX)} ({verdict})")
    return "\n\n".join(lines)


async def _about_path(core: Core, commits: CommitSource, run: Run, path: str) -> str:
    """Let the planner say what this path alone would lead to, at the run's commit."""
    async with core.database.read() as tx:
        repository = await repository_of(tx, run.repo_id)
    await commits(repository.id, repository.url).bring(run.commit_sha, run.ref, vouched=True)
    request = MakePlan(
        run_id=run.id,
        repo_id=run.repo_id,
        commit_sha=run.commit_sha,
        diff_summary=DiffSummary(changed_paths=[path]),
    )
    try:
        made = await preview_plan(core, commits, request)
    except InvalidRequestError as error:
        return f"No plan can be made: {code(error.message, SENTENCE_MAX)}."
    lines = [
        f"- {code(job.name)}: {code(job.reason, SENTENCE_MAX)}" for job in made.jobs[:JOBS_SHOWN]
    ]
    lines += [
        f"- {code(skipped.name)} would not run: {code(skipped.reason, SENTENCE_MAX)}"
        for skipped in made.skipped_jobs[: JOBS_SHOWN - len(lines)]
    ]
    left = len(made.jobs) + len(made.skipped_jobs) - len(lines)
    more = [f"- … and {left} more"] if left else []
    return "\n".join([f"A change of {code(path)} alone leads to:", "", *lines, *more])
