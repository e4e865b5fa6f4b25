"""Reading what other tools told, and what of it is where."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, func, select

from deltaci.states import DeploymentState, TrackingStatus
from deltaci.store.database import Transaction
from deltaci.store.newest_first import page_of
from deltaci.store.tables import Build, Deployment, Environment, Product, TrackedEvent, Version
from deltaci.store.tables.base import Base
from deltaci.store.tracking import ENDED
from deltaci.wire.deployments import Change

IDS_AT_ONCE = 500
"""Most ids of one statement; databases bound the number of its parameters."""

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class TrackingFilter:
    """Which rows to list; empty means any. Names are exact."""

    product: str = ""
    version: str = ""
    version_id: str = ""
    environment: str = ""
    scm_sha: str = ""
    status: TrackingStatus | None = None
    states: Collection[DeploymentState] = ()
    kind: str = ""
    outcome: str = ""
    subject_id: str = ""


async def list_products(
    tx: Transaction, name: str, *, limit: int, cursor: str
) -> tuple[Sequence[Product], str | None]:
    """Return one page of products, newest first."""
    statement = select(Product)
    if name:
        statement = statement.where(Product.id == name)
    return await page_of(tx, statement, Product.created_at, Product.uid, limit=limit, cursor=cursor)


async def list_versions(
    tx: Transaction, wanted: TrackingFilter, *, limit: int, cursor: str
) -> tuple[Sequence[Version], str | None]:
    """Return one page of versions, newest first; `scm_sha` may be the beginning of one."""
    row = Version
    statement = _equal(select(row), (row.product, wanted.product), (row.version, wanted.version))
    if wanted.scm_sha:
        statement = statement.where(row.scm_sha.startswith(wanted.scm_sha, autoescape=True))
    return await page_of(tx, statement, row.created_at, row.id, limit=limit, cursor=cursor)


async def list_builds(
    tx: Transaction, wanted: TrackingFilter, *, limit: int, cursor: str
) -> tuple[Sequence[Build], str | None]:
    """Return one page of builds, newest first."""
    row = Build
    statement = _equal(
        select(row),
        (row.product, wanted.product),
        (row.version_id, wanted.version_id),
        (row.scm_sha, wanted.scm_sha),
    )
    statement = _of_version(statement, row.version_id, wanted)
    if wanted.status:
        statement = statement.where(row.status == wanted.status)
    return await page_of(tx, statement, row.created_at, row.id, limit=limit, cursor=cursor)


async def list_deployments(
    tx: Transaction, wanted: TrackingFilter, *, limit: int, cursor: str
) -> tuple[Sequence[Deployment], str | None]:
    """Return one page of deployments, newest first, ours and reported ones."""
    row = Deployment
    statement = _equal(
        select(row),
        (row.product, wanted.product),
        (row.version_id, wanted.version_id),
        (row.environment, wanted.environment),
    )
    statement = _of_version(statement, row.version_id, wanted)
    if wanted.states:
        statement = statement.where(row.state.in_(wanted.states))
    return await page_of(tx, statement, row.created_at, row.id, limit=limit, cursor=cursor)


async def list_events(
    tx: Transaction, wanted: TrackingFilter, *, limit: int, cursor: str
) -> tuple[Sequence[TrackedEvent], str | None]:
    """Return one page of received events, newest first."""
    row = TrackedEvent
    statement = _equal(
        select(row),
        (row.product, wanted.product),
        (row.version, wanted.version),
        (row.environment, wanted.environment),
        (row.kind, wanted.kind),
        (row.outcome, wanted.outcome),
        (row.subject_id, wanted.subject_id),
    )
    return await page_of(tx, statement, row.received_at, row.id, limit=limit, cursor=cursor)


def _equal(statement: Select[Row], *wanted: tuple[Any, str]) -> Select[Row]:
    for column, value in wanted:
        if value:
            statement = statement.where(column == value)
    return statement


def _of_version(statement: Select[Row], version_id: Any, wanted: TrackingFilter) -> Select[Row]:
    """Find versions by their text first: they are few, and what is told of them is found by id."""
    if not wanted.version:
        return statement
    found = select(Version.id).where(Version.version == wanted.version)
    if wanted.product:
        found = found.where(Version.product == wanted.product)
    return statement.where(version_id.in_(found))


async def find_product(tx: Transaction, uid: str) -> Product | None:
    """Read a product by what the contract calls it by."""
    return await tx.scalar(select(Product).where(Product.uid == uid))


async def find_environment(tx: Transaction, uid: str) -> Environment | None:
    """Read an environment by what the contract calls it by."""
    return await tx.scalar(select(Environment).where(Environment.uid == uid))


async def all_environments(tx: Transaction) -> Sequence[Environment]:
    """Read all environments by name."""
    return (await tx.scalars(select(Environment).order_by(Environment.id))).all()


async def named_by(
    tx: Transaction, rows: Sequence[Build | Deployment | Version]
) -> tuple[dict[str, Product], dict[str, Version], dict[str, Environment]]:
    """Read the products by name, versions by id and environments by name that rows refer to."""
    products = {row.product for row in rows}
    versions = {row.version_id for row in rows if not isinstance(row, Version)}
    environments = {row.environment for row in rows if isinstance(row, Deployment)}
    found = select(Product).where(Product.id.in_(products))
    by_name = {row.id: row for row in await tx.scalars(found)} if products else {}
    of_ids = select(Version).where(Version.id.in_(versions))
    by_id = {row.id: row for row in await tx.scalars(of_ids)} if versions else {}
    places = select(Environment).where(Environment.id.in_(environments))
    by_place = {row.id: row for row in await tx.scalars(places)} if environments else {}
    return by_name, by_id, by_place


@dataclass(frozen=True, slots=True)
class EndedFilter:
    """Which ended deployments to read."""

    product: str
    environment: str
    """Empty means all environments of production."""
    since: datetime
    until: datetime


class EndedRow(NamedTuple):
    """What counts of a deployment that ended: whole rows would be too many to sort and to hold."""

    product: str
    environment: str
    version_id: str
    state: DeploymentState
    change: Change | None
    deployed_at: datetime
    version_seen_at: datetime


async def ended_within(
    tx: Transaction, wanted: EndedFilter, environments: Collection[str], limit: int
) -> Sequence[EndedRow]:
    """Read ended deployments, newest first, each with when its version was first seen."""
    row = Deployment
    statement = (
        select(
            row.product,
            row.environment,
            row.version_id,
            row.state,
            row.change,
            row.deployed_at,
            Version.created_at,
        )
        .join(Version, Version.id == row.version_id)
        .where(
            row.environment.in_(environments),
            row.state.in_(ENDED),
            row.deployed_at >= wanted.since,
            row.deployed_at <= wanted.until,
        )
        .order_by(row.deployed_at.desc(), row.id.desc())
        .limit(limit)
    )
    if wanted.product:
        statement = statement.where(row.product == wanted.product)
    return [
        EndedRow(product, environment, version_id, state, change, at, seen)
        for product, environment, version_id, state, change, at, seen in await tx.execute(statement)
        if at
    ]


async def first_built(tx: Transaction, version_ids: Collection[str]) -> dict[str, datetime]:
    """Read when the first build of each of these versions began, as far as that is known."""
    first: dict[str, datetime] = {}
    ids = sorted(version_ids)
    for begin in range(0, len(ids), IDS_AT_ONCE):
        some = ids[begin : begin + IDS_AT_ONCE]
        statement = (
            select(Build.version_id, func.min(Build.started_at))
            .where(Build.version_id.in_(some), Build.started_at.is_not(None))
            .group_by(Build.version_id)
        )
        first |= {version_id: at for version_id, at in await tx.execute(statement) if at}
    return first
