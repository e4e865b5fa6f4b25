"""Builds and deployments as the Versioner contract shows them."""

from datetime import datetime
from typing import Any

from deltaci.states import STATUS_OF, TrackingStatus
from deltaci.store.tables import Build, Deployment
from deltaci.tracking.surroundings import Subject
from deltaci.wire.tracked_records import BuildRecord, DeploymentRecord

SECONDS_PER_HOUR = 3600
PREFLIGHT = "preflight_status"


def build_record(build: Build, subject: Subject) -> dict[str, Any]:
    """Show a build, as JSON."""
    return BuildRecord(
        id=build.id,
        product_id=subject.product.uid,
        product_name=build.product,
        version_id=build.version_id,
        version=build.version,
        status=build.status,
        status_reason=build.status_reason,
        source_system=build.source_system,
        build_number=build.build_number,
        scm_sha=build.scm_sha,
        scm_branch=build.scm_branch,
        scm_repository=build.scm_repository,
        build_url=build.build_url,
        invoke_id=build.invoke_id,
        built_by=build.built_by,
        built_by_email=build.built_by_email,
        built_by_name=build.built_by_name,
        started_at=build.started_at,
        completed_at=build.completed_at,
        created_at=build.created_at,
        updated_at=build.updated_at,
        extra_metadata=build.extra_metadata,
    ).model_dump(mode="json")


def deployment_record(row: Deployment, subject: Subject, now: datetime) -> dict[str, Any]:
    """Show a deployment, as JSON."""
    assert subject.environment is not None  # noqa: S101 - every deployment has one
    status = STATUS_OF[row.state]
    return DeploymentRecord(
        id=row.id,
        product_id=subject.product.uid,
        product_name=row.product,
        version_id=row.version_id,
        version=row.version,
        environment_id=subject.environment.uid,
        environment_name=row.environment,
        environment_type=subject.environment.type,
        origin=row.origin,
        status=status,
        status_reason=row.state_reason,
        change=row.change,
        source_system=row.source_system,
        build_number=row.build_number,
        scm_sha=row.scm_sha,
        scm_sha_differs=shas_differ(row.scm_sha, subject.version.scm_sha),
        scm_branch=row.scm_branch,
        scm_repository=row.scm_repository,
        build_url=row.build_url,
        deploy_url=row.deploy_url,
        invoke_id=row.invoke_id,
        deployed_by=row.deployed_by,
        deployed_by_email=row.deployed_by_email,
        deployed_by_name=row.deployed_by_name,
        started_at=row.started_at,
        deployed_at=row.deployed_at,
        completed_at=row.deployed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        soak_time_hours=_soaked(row, status, now),
        extra_metadata=_metadata(row),
    ).model_dump(mode="json")


def shas_differ(one: str | None, other: str | None) -> bool:
    """Whether two names of commits, short or full, cannot be of the same one."""
    mine, its = (one or "").lower(), (other or "").lower()
    return not (mine.startswith(its) or its.startswith(mine))


def _soaked(row: Deployment, status: TrackingStatus, now: datetime) -> float | None:
    if status is not TrackingStatus.COMPLETED or row.deployed_at is None:
        return None
    return max(0.0, round((now - row.deployed_at).total_seconds() / SECONDS_PER_HOUR, 2))


def _metadata(row: Deployment) -> dict[str, Any]:
    """What rules found stands beside what the tool sent, of which nothing stored is changed."""
    found = row.preflight or {}
    if not found.get("rules_evaluated"):
        return row.extra_metadata
    return {**row.extra_metadata, PREFLIGHT: found}
