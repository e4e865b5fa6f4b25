"""What people and tools are told of reported builds and deployments (spec §4)."""

from typing import Any

from deltaci.states import STATUS_OF, TrackingStatus
from deltaci.store.announcements import News
from deltaci.store.tables import Build, Deployment
from deltaci.wire.values import moment_text

ERROR_MAX_LENGTH = 1000


def build_news(build: Build) -> News:
    """Return the news that a build has reached its status."""
    return News(
        event_type=f"build.{build.status}",
        subject_kind="build",
        subject_id=build.id,
        product=build.product,
        version=build.version,
        environment=None,
        status=build.status,
        payload={
            "deployer": build.built_by_name or build.built_by,
            "deployed_at": _text(build.completed_at),
            "repo_name": build.scm_repository,
            "commit_sha": build.scm_sha,
            "branch": build.scm_branch,
            "build_number": build.build_number,
            "preflight_status": None,
            "source_url": build.build_url,
            "source_system": build.source_system,
            "error": _error(build.extra_metadata, build.status),
        },
    )


def deployment_news(deployment: Deployment) -> News:
    """Return the news that a deployment has reached its state."""
    status = STATUS_OF[deployment.state]
    return News(
        event_type=f"deployment.{status}",
        subject_kind="deployment",
        subject_id=deployment.id,
        product=deployment.product,
        version=deployment.version,
        environment=deployment.environment,
        status=status,
        payload={
            "deployer": deployment.deployed_by_name or deployment.deployed_by,
            "deployed_at": _text(deployment.deployed_at),
            "repo_name": deployment.scm_repository,
            "commit_sha": deployment.scm_sha,
            "branch": deployment.scm_branch,
            "build_number": deployment.build_number,
            "preflight_status": (deployment.preflight or {}).get("status"),
            "source_url": deployment.deploy_url or deployment.build_url,
            "source_system": deployment.source_system,
            "change": deployment.change,
            "error": _error(deployment.extra_metadata, status),
        },
    )


def _text(moment: Any) -> str | None:
    return moment_text(moment) if moment is not None else None


def _error(metadata: dict[str, Any], status: TrackingStatus) -> str | None:
    error = metadata.get("error")
    if status is not TrackingStatus.FAILED or not isinstance(error, str):
        return None
    return error[:ERROR_MAX_LENGTH]
