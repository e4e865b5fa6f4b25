"""What a report says, as Markdown. The same rows always give the same text, letter for letter."""

from collections.abc import Iterator
from typing import Any

from deltaci.reports.inert import SENTENCE_MAX, code, fitting, link
from deltaci.reports.story import JobStory, Story
from deltaci.reports.verdicts import still_missing
from deltaci.states import JobState
from deltaci.store.tables import FailureExplanation, RunPlan

SUMMARY_MAX = 60_000
"""Characters; GitHub takes 65535."""
ARTIFACTS_MAX = 20
"""Artifacts that are named of one job."""
EXPLAIN_MAX = 2000


def run_summary(story: Story) -> str:
    """Describe a run: what it is, why these jobs, how each went."""
    return fitting([*_run_lines(story), *_jobs_lines(story), *_skipped_lines(story)], SUMMARY_MAX)


def comment_summary(story: Story) -> str:
    """Describe a run that has ended to people who wait for it: first what they have to look at.

    Of a run that was superseded nobody wants to know more than that.
    """
    if story.run.superseded_by is not None:
        return "\n".join([_state_of_run(story), *_origin_lines(story)])
    failed = [each for each in story.jobs if each.job.state is not JobState.SUCCEEDED]
    fine = [each.job.name for each in story.jobs if each.job.state is JobState.SUCCEEDED]
    lines = [_state_of_run(story), *_listed(failed)]
    if fine:
        lines += ["", f"Succeeded: {', '.join(map(code, fine))}"]
    lines += ["", *_origin_lines(story), *_plan_lines(story), *_skipped_lines(story)]
    return fitting(lines, SUMMARY_MAX)


def job_summary(story: JobStory) -> str:
    """Describe one job."""
    return fitting([_state_line(story), *_details(story)], SUMMARY_MAX)


def skipped_summary(name: str, reason: str) -> str:
    """Describe a job that the change does not need."""
    return f"{code(name)} was not needed: {code(reason, SENTENCE_MAX)}"


def _run_lines(story: Story) -> Iterator[str]:
    run = story.run
    yield f"- Run: {code(run.id)}"
    yield _state_of_run(story)
    yield from _origin_lines(story)[1:]
    yield from _plan_lines(story)


def _state_of_run(story: Story) -> str:
    return f"- State: {story.run.state}{_because(story.run.state_reason)}"


def _origin_lines(story: Story) -> list[str]:
    run = story.run
    lines = [
        f"- Run: {code(run.id)}",
        f"- Ref: {code(run.ref)}",
        f"- Commit: {code(run.commit_sha)}",
    ]
    if run.original_run_id is not None:
        part = " in part" if run.job_filter is not None else ""
        lines.append(f"- Rerun{part} of {code(run.original_run_id)}")
    if run.superseded_by is not None:
        lines.append(f"- Superseded by {code(run.superseded_by)}")
    return lines


def _plan_lines(story: Story) -> Iterator[str]:
    if missing := still_missing(story):
        named = ", ".join(f"{code(job.name)} ({job.state})" for job in missing)
        yield f"- Required, not rerun, and not successful earlier: {named}"
    if story.plan is not None:
        yield f"- Plan: {story.plan.recipe_source}"
        yield f"- Explanation: {code(story.plan.explain, EXPLAIN_MAX)}"
        yield from _build_lines(story, story.plan)


def _build_lines(story: Story, plan: RunPlan) -> Iterator[str]:
    if plan.build is None or story.build is None:
        return
    named = f"{code(plan.build['service'])} {code(plan.build['version'] or 'without version')}"
    if story.build.build_id is not None:
        yield f"- Build: {named} is registered as {code(story.build.build_id)}"
    else:
        why = f"{story.build.refusal_code}{_because(story.build.refusal or '')}"
        yield f"- Build: {named} was not registered: {why}"


def _jobs_lines(story: Story) -> Iterator[str]:
    """Name each job, and first those that people want to know about."""
    if story.jobs:
        yield from ("", "Jobs:")
    yield from _listed(sorted(story.jobs, key=lambda job: job.job.state is JobState.SUCCEEDED))


def _listed(jobs: list[JobStory]) -> Iterator[str]:
    if jobs:
        yield ""
    for each in jobs:
        yield f"- {code(each.job.name)} {_state_line(each)}"
        yield from (f"  {line}" for line in _details(each))


def _skipped_lines(story: Story) -> Iterator[str]:
    skipped = story.plan.skipped_jobs if story.plan is not None else []
    if skipped:
        yield from ("", "Skipped jobs:", "")
    for each in skipped:
        yield f"- {code(each['name'])}{_because(each['reason'])}"


def _state_line(story: JobStory) -> str:
    needed = "required" if story.job.required else "optional"
    return f"({needed}): {story.job.state}{_because(story.job.state_reason)}"


def _details(story: JobStory) -> Iterator[str]:
    if story.job.reason:
        yield f"- Reason: {code(story.job.reason, SENTENCE_MAX)}"
    if story.explanation is not None:
        yield from _failure_lines(story.explanation)
    if story.artifacts:
        shown = [link(kind, uri) for kind, uri in story.artifacts[:ARTIFACTS_MAX]]
        if len(story.artifacts) > ARTIFACTS_MAX:
            shown.append(f"{len(story.artifacts) - ARTIFACTS_MAX} more")
        yield f"- Artifacts: {', '.join(shown)}"


def _failure_lines(explanation: FailureExplanation) -> Iterator[str]:
    kind = f"{explanation.category}/{explanation.confidence} rule {explanation.rule_version}"
    yield f"- Failure: {code(explanation.summary)} ({kind})"
    for part in explanation.details.split(" | ") if explanation.details else ():
        yield f"  - {code(part, SENTENCE_MAX)}"
    yield f"- Signals: {_signals(explanation.signals)}"


def _signals(signals: dict[str, Any]) -> str:
    return (
        f"exit={signals['exit_code']} attempt={signals['attempt_number']} "
        f"duration={signals['duration_seconds']}s caches={len(signals['cache_events'])}"
    )


def _because(reason: str) -> str:
    return f", {code(reason, SENTENCE_MAX)}" if reason else ""
