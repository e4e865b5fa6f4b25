"""What the Versioner contract shows of products, versions, environments and events."""

from typing import Any

from deltaci.states import TrackingStatus
from deltaci.wire.catalog import EnvironmentType, LifecycleState
from deltaci.wire.deployments import Change
from deltaci.wire.values import Timestamp, WireModel


class ProductView(WireModel):
    """What versions are of."""

    id: str
    name: str
    description: str
    is_service: bool
    """Whether Delta CI itself may deploy it."""
    extra_metadata: dict[str, Any]
    created_at: Timestamp


class VersionView(WireModel):
    """One version of a product: it never changes."""

    id: str
    product_id: str
    product_name: str
    version: str
    scm_sha: str | None
    created_at: Timestamp


class EnvironmentView(WireModel):
    """Where versions run."""

    id: str
    name: str
    display_name: str
    type: EnvironmentType
    lifecycle_state: LifecycleState
    description: str
    metadata: dict[str, Any]
    created_at: Timestamp


class EventView(WireModel):
    """One event as it was received."""

    id: str
    kind: str
    subject_id: str | None
    """The build or deployment that it told of; null when it was refused."""
    product_name: str
    version: str
    environment_name: str | None
    status: TrackingStatus
    outcome: str
    """`opened`, `advanced`, `repeated`, `late` or `refused`."""
    payload: dict[str, Any]
    caller: str
    received_at: Timestamp


class ProductPage(WireModel):
    """One page of products, newest first; `next_cursor` is null on the last."""

    items: list[ProductView]
    next_cursor: str | None = None


class VersionPage(WireModel):
    """One page of versions, newest first; `next_cursor` is null on the last."""

    items: list[VersionView]
    next_cursor: str | None = None


class EnvironmentPage(WireModel):
    """All environments, in the order of promotions."""

    items: list[EnvironmentView]


class EventPage(WireModel):
    """One page of events, newest first; `next_cursor` is null on the last."""

    items: list[EventView]
    next_cursor: str | None = None


class CellDeployment(WireModel):
    """One deployment in a cell of the matrix."""

    deployment_id: str
    version_id: str
    version: str
    status: TrackingStatus
    change: Change | None
    scm_sha: str | None
    deployed_by: str | None
    started_at: Timestamp | None
    deployed_at: Timestamp | None


class Cell(WireModel):
    """What is known of a product in an environment."""

    current: CellDeployment | None
    """What completed last, by what tools say of when; null when nothing has."""
    open: CellDeployment | None
    """The newest that has not ended."""
    last_failed: CellDeployment | None


class MatrixRow(WireModel):
    """A product, and what runs of it where."""

    product_id: str
    product_name: str
    drifted: bool
    """Whether the versions that are current in these environments differ."""
    cells: dict[str, Cell]
    """By the environment's name; an environment where nothing was ever deployed is absent."""


class Matrix(WireModel):
    """Products by name and environments in the order of promotions."""

    environments: list[EnvironmentView]
    rows: list[MatrixRow]
    next_cursor: str | None = None


class DoraMetrics(WireModel):
    """The four keys of DORA; how each is computed is in `docs/how-to/event-tracking.md`.

    A key is null where nothing in the window says anything about it.
    """

    product: str | None
    environment: str | None
    since: Timestamp
    until: Timestamp
    deployments: int
    """That completed."""
    failures: int
    """That failed, or completed and were rolled back."""
    deployments_per_day: float
    lead_time_hours: float | None
    """The median."""
    change_failure_rate: float | None
    """From 0 to 1."""
    time_to_restore_hours: float | None
    """The median."""
    truncated: bool
    """Whether there were more deployments than are looked at: the newest ones count."""
