"""Builds and deployments as the Versioner contract shows them (spec §1.6)."""

from typing import Any

from deltaci.states import TrackingStatus
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.deployments import Change, Origin
from deltaci.wire.values import Timestamp, WireModel


class BuildRecord(WireModel):
    """One build of a version and how it went."""

    id: str
    product_id: str
    product_name: str
    version_id: str
    version: str
    status: TrackingStatus
    status_reason: str
    source_system: str | None
    build_number: str | None
    scm_sha: str | None
    scm_branch: str | None
    scm_repository: str | None
    build_url: str | None
    invoke_id: str | None
    built_by: str | None
    built_by_email: str | None
    built_by_name: str | None
    started_at: Timestamp | None
    completed_at: Timestamp | None
    """When it ended, however."""
    created_at: Timestamp
    updated_at: Timestamp
    extra_metadata: dict[str, Any]


class DeploymentRecord(WireModel):
    """One deployment of a version to an environment."""

    id: str
    product_id: str
    product_name: str
    version_id: str
    version: str
    environment_id: str
    environment_name: str
    environment_type: EnvironmentType
    origin: Origin
    status: TrackingStatus
    status_reason: str
    change: Change | None
    """What it changed about what ran there; null before it has completed."""
    source_system: str | None
    build_number: str | None
    scm_sha: str | None
    scm_sha_differs: bool
    """Whether its commit is not the one that the version was built from."""
    scm_branch: str | None
    scm_repository: str | None
    build_url: str | None
    deploy_url: str | None
    invoke_id: str | None
    deployed_by: str | None
    deployed_by_email: str | None
    deployed_by_name: str | None
    started_at: Timestamp | None
    deployed_at: Timestamp | None
    """When it completed, failed or was given up."""
    completed_at: Timestamp | None
    """The same; the contract's other name for it."""
    created_at: Timestamp
    updated_at: Timestamp
    soak_time_hours: float | None
    """How long it had been there when this was answered; null unless it completed."""
    extra_metadata: dict[str, Any]
    """What the tool sent; `preflight_status` beside it says what the rules found."""


class BuildRecords(WireModel):
    """One page of builds, newest first; `next_cursor` is null on the last."""

    items: list[BuildRecord]
    next_cursor: str | None = None


class DeploymentRecords(WireModel):
    """One page of deployments, newest first; `next_cursor` is null on the last."""

    items: list[DeploymentRecord]
    next_cursor: str | None = None
