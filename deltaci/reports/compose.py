"""What a forge should show of a run: pure, and the same for the same rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from deltaci.reports.annotations import annotations_of
from deltaci.reports.inert import plain
from deltaci.reports.names import check_name, job_name, run_url
from deltaci.reports.story import JobStory, Story
from deltaci.reports.summary import comment_summary, job_summary, run_summary, skipped_summary
from deltaci.reports.verdicts import OF_JOBS, still_missing, verdict_on
from deltaci.settings import Settings
from deltaci.states import RUN, is_terminal
from deltaci.vcs.port import Annotation, Check, Verdict

SKIPPED_MAX = 100
"""Skipped jobs that get a check of their own; the run's check names all of them."""
RUN_KEY = "run"
COMMENT_KEY = "comment"
TITLE_MAX = 140


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """A check, and the key by which we remember what was shown of it."""

    key: str
    check: Check


@dataclass(frozen=True, slots=True)
class ShownComment:
    """The comment under a run's pull request; `marker` is how it is found again."""

    number: int
    marker: str
    body: str


def compose_checks(story: Story, settings: Settings) -> list[ShownCheck]:
    """Return the checks of the run, of its jobs, and of the jobs that it skipped."""
    return [
        ShownCheck(RUN_KEY, _run_check(story, settings)),
        *(
            ShownCheck(_job_key(each.job.name), _job_check(story, each, settings))
            for each in story.jobs
        ),
        *_skipped_checks(story, settings),
    ]


def compose_comment(story: Story, settings: Settings) -> ShownComment | None:
    """Return the comment of a pull request's run that has ended; None for any other."""
    number = story.trigger.pr_number if story.trigger is not None else None
    if number is None or not is_terminal(RUN, story.run.state):
        return None
    marker = f"<!-- delta-ci run:{story.run.id} -->"
    parts = [marker, "## Delta CI Run Result", comment_summary(story)]
    if address := run_url(story, settings):
        parts.append(f"[Details]({address})")
    parts.append(f"Updated: {story.run.updated_at:%Y-%m-%dT%H:%M:%SZ}")
    return ShownComment(number, marker, "\n\n".join(parts))


def _run_check(story: Story, settings: Settings) -> Check:
    run, verdict = story.run, verdict_on(story)
    in_part = ", but not all that the commit requires" if still_missing(story) else ""
    return Check(
        reference=run.id,
        name=check_name(story, settings),
        commit_sha=run.commit_sha,
        verdict=verdict,
        title=f"Delta CI: {run.state}{in_part}",
        summary=run_summary(story),
        url=run_url(story, settings),
        ref=run.ref,
        started_at=run.created_at if verdict is not Verdict.QUEUED else None,
        completed_at=run.updated_at if verdict.is_final else None,
    )


def _job_check(story: Story, each: JobStory, settings: Settings) -> Check:
    job, verdict = each.job, OF_JOBS[each.job.state]
    said = f": {each.explanation.summary}" if each.explanation is not None else ""
    return Check(
        reference=f"{story.run.id}/{job.name}",
        name=job_name(story, job.name, settings),
        commit_sha=story.run.commit_sha,
        verdict=verdict,
        title=plain(f"Delta CI: {job.state}{said}", TITLE_MAX),
        summary=job_summary(each),
        url=run_url(story, settings),
        ref=story.run.ref,
        started_at=each.first_started.started_at if each.first_started is not None else None,
        completed_at=job.updated_at if verdict.is_final else None,
        annotations=_annotations(each),
    )


def _annotations(each: JobStory) -> tuple[Annotation, ...]:
    if each.explanation is None or each.newest is None:
        return ()
    workdir = str(each.job.spec.get("workdir", "."))
    return annotations_of(each.explanation, each.newest.tests, workdir)


def _skipped_checks(story: Story, settings: Settings) -> Iterator[ShownCheck]:
    """A job that a rerun left alone is shown as it ended; only what no run needs is skipped."""
    skipped = story.plan.skipped_jobs if story.plan is not None else []
    unneeded = [each for each in skipped if each["name"] not in story.earlier]
    for each in unneeded[:SKIPPED_MAX]:
        name, reason = each["name"], each["reason"]
        check = Check(
            reference=f"{story.run.id}/{name}",
            name=job_name(story, name, settings),
            commit_sha=story.run.commit_sha,
            verdict=Verdict.SKIPPED,
            title=plain(f"Delta CI: SKIPPED: {reason}", TITLE_MAX),
            summary=skipped_summary(name, reason),
            url=run_url(story, settings),
            ref=story.run.ref,
            completed_at=story.plan.created_at if story.plan is not None else None,
        )
        yield ShownCheck(_job_key(name), check)


def _job_key(name: str) -> str:
    return f"job:{name}"
