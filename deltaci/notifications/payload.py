"""What programs are told: the Versioner contract's payloads (spec §4), key by key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deltaci.store.tables import Announcement

SUCCESS: Mapping[str, bool] = {
    "deployment.completed": True,
    "deployment.failed": False,
    "deployment.preflight_failed": False,
}
"""`is_successful`, which is null for everything else."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "deployer": ("deployer", "deployed_by_name", "deployed_by", "built_by_name", "built_by"),
    "repo_name": ("repo_name", "scm_repository", "repo"),
    "commit_sha": ("commit_sha", "scm_sha", "git_sha"),
    "preflight_status": ("preflight_status",),
    "source_url": ("source_url", "deploy_url", "build_url", "run_url"),
}
"""Where an announcement may say what: its own payload uses the words of what it is about."""

DR_DECISIONS = frozenset({"dr.approved", "dr.rejected"})


def payload_of(news: Announcement) -> dict[str, Any]:
    """Return what a webhook is sent about an announcement."""
    family = news.event_type.partition(".")[0]
    if family == "dr":
        return _request(news)
    if family == "version":
        return _approval(news)
    return _delivery(news)


def said(news: Announcement, name: str) -> Any:
    """Return what the announcement says under one of a value's spellings, or None."""
    found = (news.payload.get(spelling) for spelling in SPELLINGS.get(name, (name,)))
    return next((value for value in found if value is not None and value != ""), None)


def _delivery(news: Announcement) -> dict[str, Any]:
    """Builds and deployments. A build has no environment: null."""
    return {
        "id": news.subject_id,
        "deployed_at": said(news, "deployed_at") or moment(news.occurred_at),
        "event_type": news.event_type,
        "environment": news.environment,
        "is_successful": SUCCESS.get(news.event_type),
        "deployer": said(news, "deployer"),
        "product_name": news.product,
        "version": news.version,
        "repo_name": said(news, "repo_name"),
        "commit_sha": said(news, "commit_sha"),
        "preflight_status": said(news, "preflight_status"),
        "source_url": said(news, "source_url"),
    }


def _request(news: Announcement) -> dict[str, Any]:
    """Deployment requests."""
    told = {
        "event_type": news.event_type,
        "occurred_at": moment(news.occurred_at),
        "dr_id": news.subject_id,
        "dr_name": said(news, "dr_name"),
        "dr_url": said(news, "dr_url"),
        "status": news.status or said(news, "status"),
        "environment_names": said(news, "environment_names") or [],
        "actor": said(news, "actor"),
    }
    if news.event_type in DR_DECISIONS:
        names = ("approval_type", "approver_role", "slot_status", "comments")
        told |= {name: said(news, name) for name in names}
    return told


def _approval(news: Announcement) -> dict[str, Any]:
    """A version that somebody signed off."""
    return {
        "event_type": news.event_type,
        "occurred_at": moment(news.occurred_at),
        "version_id": said(news, "version_id") or news.subject_id,
        "product_name": news.product,
        "version": news.version,
        "approval_type": said(news, "approval_type"),
        "approver_role": said(news, "approver_role"),
        "environment_name": news.environment or said(news, "environment_name"),
        "comments": said(news, "comments"),
        "actor": said(news, "actor"),
    }


def moment(at: datetime) -> str:
    """Write a moment as the contract does: ISO 8601 with `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
