"""What a registration keeps of how its build was made."""

from deltaci.reports.story import Story
from deltaci.store.tables import Artifact, Job, Registration, RunPlan
from deltaci.wire.provenance import (
    ProvenanceView,
    ProvenArtifact,
    ProvenJob,
    ProvenRun,
    ProvenSignature,
    ProvenTrigger,
    Signature,
)

RUN, ARTIFACT, SIGNATURE = "run", "artifact", "signature"
"""The keys of what is kept."""


def proven_run(story: Story, plan: RunPlan) -> ProvenRun:
    """Describe a run that has ended, with every job that its commit was judged by."""
    run, trigger = story.run, story.trigger
    jobs = [each.job for each in story.jobs] + list(story.earlier.values())
    return ProvenRun(
        run_id=run.id,
        repo_id=run.repo_id,
        ref=run.ref,
        commit_sha=run.commit_sha,
        kind=run.kind,
        created_by=run.created_by,
        finished_at=run.finished_at,
        plan_id=plan.plan_id,
        plan_source=plan.recipe_source,
        plan_fingerprint=plan.fingerprint,
        trigger=ProvenTrigger(
            provider=trigger.provider, event_type=trigger.event_type, sender=trigger.sender
        )
        if trigger
        else None,
        jobs=[_proven_job(job) for job in jobs],
    )


def proven_artifact(artifact: Artifact, job: str) -> ProvenArtifact:
    """Describe a file that a job stored here."""
    return ProvenArtifact(
        artifact_id=artifact.id,
        job=job,
        path=artifact.name,
        sha256=artifact.sha256 or "",
        size_bytes=artifact.size_bytes or 0,
    )


def provenance_of(row: Registration) -> ProvenanceView:
    """Show what a registration keeps; one that a caller made has no run of ours."""
    kept = row.provenance
    return ProvenanceView(
        build_id=row.id,
        service=row.product,
        version=row.version,
        verification=row.verification,
        signature=ProvenSignature.model_validate(kept.get(SIGNATURE, {"state": Signature.OFF})),
        run=ProvenRun.model_validate(kept[RUN]) if RUN in kept else None,
        artifact=ProvenArtifact.model_validate(kept[ARTIFACT]) if ARTIFACT in kept else None,
    )


def _proven_job(job: Job) -> ProvenJob:
    return ProvenJob(
        name=job.name,
        run_id=job.run_id,
        required=job.required,
        state=job.state,
        attempts=job.attempt_count,
        reused_from=job.reused_from,
    )
