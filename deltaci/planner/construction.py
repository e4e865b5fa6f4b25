"""Projects and their reach, as jobs: every job that is known is either planned or skipped."""

from dataclasses import dataclass

from deltaci.planner.impact import Impact, Reach
from deltaci.planner.model import JobSpec, PlannedJob, SkippedJob
from deltaci.planner.projects import Discovery, JobTemplate, Project
from deltaci.planner.reasons import Reasons


@dataclass(frozen=True, slots=True)
class Selection:
    """The ledger of one plan; the two halves together name every known job once."""

    jobs: tuple[PlannedJob, ...]
    skipped: tuple[SkippedJob, ...]


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job of the repository, with where it came from."""

    name: str
    project: Project
    template: JobTemplate


def known_jobs(discovery: Discovery) -> tuple[KnownJob, ...]:
    """Return every job that the repository has, in plan order."""
    return tuple(
        KnownJob(_job_name(discovery.names[project.key], template.kind), project, template)
        for project in discovery.projects
        for template in project.jobs
    )


def select(discovery: Discovery, impact: Impact) -> Selection:
    """Split the known jobs by what the change reaches, each with its reason."""
    reasons = Reasons(impact, discovery)
    jobs, skipped = [], []
    for known in known_jobs(discovery):
        key = known.project.key
        if _is_needed(known.template, impact.reach(key)):
            jobs.append(planned_job(known, discovery, reasons.planned(known.template, key)))
        else:
            skipped.append(SkippedJob(known.name, reasons.skipped(known.template, key)))
    return Selection(tuple(jobs), tuple(skipped))


def planned_job(known: KnownJob, discovery: Discovery, reason: str) -> PlannedJob:
    """Return the job as the plan has it."""
    template, project = known.template, known.project.key
    kinds = {each.kind for each in known.project.jobs}
    name = discovery.names[project]
    return PlannedJob(
        name=known.name,
        required=template.required,
        spec=JobSpec(
            name=known.name,
            steps=template.steps,
            workdir=project.root,
            env=template.env,
            artifacts=template.artifacts,
            caches=template.caches,
        ),
        reason=reason,
        depends_on=tuple(_job_name(name, kind) for kind in template.after if kind in kinds),
    )


def _is_needed(template: JobTemplate, reach: Reach) -> bool:
    return reach > Reach.DOCS or (reach is Reach.DOCS and template.on_docs)


def _job_name(project: str, kind: str) -> str:
    return kind if project == "root" else f"{kind}:{project}"
