"""How a run looks on a terminal: one line per run, one per job, and why it failed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deltaci.cli.output import STYLES
from deltaci.cli.text import one_line
from deltaci.client.shapes import Attempt, Job, JobDetail, Run, RunDetail
from deltaci.states import RUN, RunState, is_terminal

if TYPE_CHECKING:
    from rich.text import Text

SHORT_SHA = 10
MARKS = {
    "SUCCEEDED": "✓",
    "FAILED": "✗",
    "TIMED_OUT": "✗",
    "CANCELED": "-",
    "RUNNING": "●",
    "STARTING": "●",
    "UPLOADING": "●",
}
WAITING_MARK = "·"


def line_of(text: str, style: str = "") -> "Text":
    """One line of harmless text that a narrow terminal cuts; what is appended has its own style."""
    from rich.text import Text  # noqa: PLC0415 - keeps `--json` commands fast

    return Text(no_wrap=True, overflow="ellipsis").append(text, style or None)


def is_over(run: Run) -> bool:
    """Whether the run has its outcome."""
    return is_terminal(RUN, RunState(run["state"]))


def run_line(run: Run) -> "Text":
    """Id, repository, ref, commit, state and age of a run."""
    line = line_of(f"{run['id']}  {one_line(run['repo_id'])}  {one_line(run['ref'])}")
    line.append(f" @ {one_line(run['commit_sha'])[:SHORT_SHA]}  ", "dim")
    line.append(run["state"], STYLES.get(run["state"], ""))
    if "started_at" in run:
        line.append(f"  {_span(run['started_at'], run.get('finished_at'))}", "dim")
    if "state_reason" in run:
        line.append(f"  {one_line(run['state_reason'])}", "dim")
    return line


def job_rows(jobs: Sequence[JobDetail]) -> Iterator[tuple[JobDetail, "Text"]]:
    """Each job with its line, below the job that it waits for."""
    ordered = list(_as_tree(jobs))
    width = max((2 * depth + len(entry["job"]["name"]) for depth, entry in ordered), default=0)
    for depth, entry in ordered:
        yield entry, _job_line(entry, depth, width)


def reason_line(entry: JobDetail) -> "Text":
    """Why a job was planned."""
    return line_of(f"      {one_line(entry['job'].get('reason', ''))}", "dim")


def plan_lines(detail: RunDetail) -> Iterator["Text"]:
    """How the jobs were chosen, and which were not needed."""
    plan = detail.get("plan")
    if plan is None:
        return
    if "explain" in plan:
        yield line_of(f"plan  {one_line(plan['explain'])}", "dim")
    for skipped in plan["skipped_jobs"]:
        yield line_of(
            f"  skipped {one_line(skipped['name'])}: {one_line(skipped['reason'])}", "dim"
        )


def build_lines(run: Run) -> Iterator["Text"]:
    """What becomes of the build that the run makes, if it makes one."""
    if "build" not in run:
        return
    build = run["build"]
    line = line_of(f"build {one_line(build['service'])} {one_line(build['version'])}  ")
    if "refusal" in build:
        refusal = build["refusal"]
        line.append("was not registered", STYLES.get("FAILED", ""))
        line.append(f"  {one_line(refusal['code'])}: {one_line(refusal['message'])}", "dim")
    else:
        line.append(one_line(build.get("build_id", "is registered once the run is green")), "dim")
    yield line


def current_attempt(entry: JobDetail) -> Attempt | None:
    """The newest attempt at a job."""
    return entry["attempts"][-1] if entry["attempts"] else None


def _job_line(entry: JobDetail, depth: int, width: int) -> "Text":
    job, attempt = entry["job"], current_attempt(entry)
    style = STYLES.get(job["state"], "dim")
    indent = "  " * (depth + 1)
    line = line_of(f"{indent}{MARKS.get(job['state'], WAITING_MARK)} ", style)
    line.append(f"{one_line(job['name']):<{width - 2 * depth}}  ")
    line.append(f"{job['state']:<10}", style)
    for note in _notes(job, attempt):
        line.append(f"  {one_line(note)}", "dim")
    line.rstrip()
    return line


def _notes(job: Job, attempt: Attempt | None) -> Iterator[str]:
    if attempt and "started_at" in attempt:
        yield _span(attempt["started_at"], attempt.get("completed_at"))
    if job["attempt_count"] > 1:
        yield f"attempt {job['attempt_count']}"
    if not job["required"]:
        yield "optional"
    if "reused_from" in job:
        yield "result of an earlier run"
    if "state_reason" in job:
        yield job["state_reason"]
    if attempt and "current_step" in attempt:
        yield attempt["current_step"]


def _as_tree(jobs: Sequence[JobDetail]) -> Iterator[tuple[int, JobDetail]]:
    """Depth first: each job below the last of the jobs that it needs."""
    by_name = {entry["job"]["name"]: entry for entry in jobs}
    below: dict[str, list[JobDetail]] = {}
    for entry in jobs:
        needs = [name for name in entry["job"].get("depends_on", []) if name in by_name]
        below.setdefault(needs[-1] if needs else "", []).append(entry)
    yield from _walk(below, "", 0)


def _walk(
    below: Mapping[str, Sequence[JobDetail]], parent: str, depth: int
) -> Iterator[tuple[int, JobDetail]]:
    for entry in below.get(parent, ()):
        yield depth, entry
        yield from _walk(below, entry["job"]["name"], depth + 1)


def _span(start: str, end: str | None) -> str:
    finish = datetime.fromisoformat(end) if end else datetime.now(UTC)
    seconds = max(0.0, (finish - datetime.fromisoformat(start)).total_seconds())
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
