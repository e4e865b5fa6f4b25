"""How states look on a forge (spec §6)."""

from deltaci.reports.story import Story
from deltaci.states import JobState, RunState
from deltaci.store.tables import Job
from deltaci.vcs.port import Verdict

OF_RUNS = {
    RunState.CREATED: Verdict.QUEUED,
    RunState.PLANNING: Verdict.QUEUED,
    RunState.QUEUED: Verdict.QUEUED,
    RunState.RUNNING: Verdict.RUNNING,
    RunState.CANCEL_REQUESTED: Verdict.RUNNING,
    RunState.SUCCEEDED: Verdict.SUCCESS,
    RunState.FAILED: Verdict.FAILURE,
    RunState.PLAN_FAILED: Verdict.FAILURE,
    RunState.CANCELED: Verdict.CANCELLED,
    RunState.TIMEOUT: Verdict.TIMED_OUT,
}
OF_JOBS = {
    JobState.CREATED: Verdict.QUEUED,
    JobState.QUEUED: Verdict.QUEUED,
    JobState.LEASED: Verdict.QUEUED,
    JobState.STARTING: Verdict.RUNNING,
    JobState.RUNNING: Verdict.RUNNING,
    JobState.UPLOADING: Verdict.RUNNING,
    JobState.CANCEL_REQUESTED: Verdict.RUNNING,
    JobState.SUCCEEDED: Verdict.SUCCESS,
    JobState.FAILED: Verdict.FAILURE,
    JobState.STALE: Verdict.FAILURE,
    JobState.CANCELED: Verdict.CANCELLED,
    JobState.TIMED_OUT: Verdict.TIMED_OUT,
}


def verdict_on(story: Story) -> Verdict:
    """Return how the run's check stands.

    A rerun in part that succeeded is green only if the commit is: what it left alone counts too.
    """
    if still_missing(story):
        return Verdict.FAILURE
    return OF_RUNS[story.run.state]


def still_missing(story: Story) -> list[Job]:
    """Return what a run that succeeded left alone of the required jobs that did not."""
    if story.run.state is not RunState.SUCCEEDED:
        return []
    return [
        job
        for job in story.earlier.values()
        if job.required and job.state is not JobState.SUCCEEDED
    ]
