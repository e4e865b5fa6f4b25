"""The parts of a proof, from rows. None of them holds a secret, or says where an engine is."""

from collections.abc import Sequence

from deltaci.store.deployments import Ours
from deltaci.store.tables import (
    Approval,
    Decision,
    DeploymentIntent,
    Job,
    Registration,
    Run,
    RunPlan,
)
from deltaci.wire.proof import (
    ProvenApproval,
    ProvenBuildRun,
    ProvenDecision,
    ProvenDeployment,
    ProvenPlan,
    ProvenPolicy,
    ProvenRegistration,
    ProvenSkip,
    ProvenStep,
)

VERIFIED = "verified"


def deployment_view(ours: Ours) -> ProvenDeployment:
    """Show what was asked for, and how it stands."""
    row, intent = ours.row, ours.intent
    return ProvenDeployment(
        id=row.id,
        service=row.product,
        version=row.version,
        environment=row.environment,
        kind=intent.kind,
        state=row.state,
        asked_by=row.created_by,
        asked_at=row.created_at,
        ended_at=row.deployed_at,
        change_summary=intent.change_summary,
        source_environment=intent.source_environment,
        rollback_of=intent.rollback_of,
    )


def registration_view(row: Registration) -> ProvenRegistration:
    """Show what made the version deployable."""
    return ProvenRegistration(
        build_id=row.id,
        artifact_ref=row.artifact_ref,
        sha256=row.sha256,
        artifact_verified=row.verification == VERIFIED,
        git_sha=row.git_sha,
        git_branch=row.git_branch,
        ci_provider=row.ci_provider,
        ci_run_id=row.ci_run_id,
        ci_publisher=row.ci_publisher,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
    )


def build_run_view(run: Run, plan: RunPlan | None, jobs: Sequence[Job]) -> ProvenBuildRun:
    """Show the run of ours that made the build."""
    return ProvenBuildRun(
        run_id=run.id,
        repo_id=run.repo_id,
        ref=run.ref,
        commit_sha=run.commit_sha,
        state=run.state,
        original_run_id=run.original_run_id,
        finished_at=run.finished_at,
        plan=_plan_view(plan) if plan else None,
        jobs=[_step_view(job) for job in jobs],
    )


def policy_view(intent: DeploymentIntent, decisions: Sequence[Decision]) -> ProvenPolicy:
    """Show the guardrails as they counted, and every decision by them."""
    return ProvenPolicy(
        group_id=intent.group_id,
        snapshot={key: value for key, value in intent.policy_snapshot.items() if key != "owners"},
        decisions=[
            ProvenDecision(
                kind=decision.kind,
                actor=decision.actor,
                at=decision.at,
                inputs=decision.inputs,
                verdict=decision.verdict,
            )
            for decision in decisions
        ],
    )


def approvals_view(rows: Sequence[Approval]) -> list[ProvenApproval]:
    """Show who said what about the deployment."""
    return [
        ProvenApproval(actor=row.actor, role=row.approver_role, verdict=row.verdict, at=row.at)
        for row in rows
    ]


def _plan_view(plan: RunPlan) -> ProvenPlan:
    return ProvenPlan(
        plan_id=plan.plan_id,
        source=plan.recipe_source,
        fingerprint=plan.fingerprint or None,
        explain=plan.explain,
        skipped_jobs=[ProvenSkip(**skipped) for skipped in plan.skipped_jobs],
    )


def _step_view(job: Job) -> ProvenStep:
    return ProvenStep(
        name=job.name,
        required=job.required,
        state=job.state,
        attempts=job.attempt_count,
        reason=job.reason,
        reused_from=job.reused_from,
    )
