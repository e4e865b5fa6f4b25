"""Under which names a forge shows a run and its jobs, and where people see more of them."""

from urllib.parse import quote

from deltaci.reports.inert import plain
from deltaci.reports.story import Story
from deltaci.settings import Settings

PULL_REQUEST = "pull_request"
MANUAL = "manual"


def check_name(story: Story, settings: Settings) -> str:
    """Return the name of the run's check.

    Only pull requests' runs have the plain one, so that no other run satisfies what they require.
    """
    kind = kind_of(story)
    return settings.check_name if kind == PULL_REQUEST else f"{settings.check_name} ({kind})"


def job_name(story: Story, job: str, settings: Settings) -> str:
    """Return the name of a job's check."""
    return f"{check_name(story, settings)}: {plain(job)}"


def kind_of(story: Story) -> str:
    """Return what the run is for: the forge's event, or nobody's but a person's."""
    return story.trigger.event_type if story.trigger is not None else MANUAL


def run_url(story: Story, settings: Settings) -> str:
    """Return where people see more of the run; empty when there is no such place."""
    if settings.temporal_ui_url:
        workflow = quote(story.run.workflow_id, safe="")
        base = settings.temporal_ui_url.rstrip("/")
        return f"{base}/namespaces/{settings.temporal_namespace}/workflows/{workflow}"
    if settings.public_url:
        return f"{settings.public_url.rstrip('/')}/api/v1/runs/{story.run.id}"
    return ""
