"""Reading and writing what other tools told of builds and deployments."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, func, select, tuple_, update
from sqlalchemy.orm.attributes import set_committed_value

from deltaci.states import (
    BUILD,
    DEPLOYMENT,
    DEPLOYMENT_OPEN,
    DeploymentState,
    IllegalTransitionError,
    TrackingStatus,
    advance,
    open_states,
)
from deltaci.store.database import NEW_TRANSITIONS, Transaction
from deltaci.store.tables import Build, Deployment, Environment, Product, Version
from deltaci.store.tables.base import table_of
from deltaci.store.transitions import Moment
from deltaci.wire.deployments import Origin

BUILD_OPEN = open_states(BUILD)
COMPLETED = frozenset({DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK})
"""States of deployments whose version ran in the environment."""
ENDED = frozenset(DEPLOYMENT) - DEPLOYMENT_OPEN
OPEN_LOOK = 200
"""How many open ones of a version, the newest, an event can be told of. More are left to expire."""
LATE_LOOK = 20
"""How many ended ones are looked at for one that an event came too late for."""

Place = tuple[str, str]
"""A product and an environment."""
Target = tuple[str, str]
"""A version's id and an environment."""


async def open_builds(tx: Transaction, version_ids: Collection[str]) -> Sequence[Build]:
    """Read the newest builds of each of these versions that have not ended, newest first."""
    if not version_ids:
        return ()
    rank = func.row_number().over(partition_by=Build.version_id, order_by=Build.id.desc())
    found = (
        select(Build.id, rank.label("rank"))
        .where(Build.version_id.in_(version_ids), Build.status.in_(BUILD_OPEN))
        .subquery()
    )
    statement = (
        select(Build)
        .join(found, found.c.id == Build.id)
        .where(found.c.rank <= OPEN_LOOK)
        .order_by(Build.id.desc())
    )
    return (await tx.scalars(statement)).all()


async def ended_builds(tx: Transaction, version_id: str) -> Sequence[Build]:
    """Read the newest builds of a version that have ended."""
    statement = (
        select(Build)
        .where(Build.version_id == version_id, Build.status.not_in(BUILD_OPEN))
        .order_by(Build.id.desc())
        .limit(LATE_LOOK)
    )
    return (await tx.scalars(statement)).all()


async def open_deployments(
    tx: Transaction, places: Collection[Place], version_ids: Collection[str]
) -> Sequence[Deployment]:
    """Read the newest reported deployments of each version there that are open, newest first."""
    if not places:
        return ()
    row = Deployment
    target = row.version_id, row.environment
    rank = func.row_number().over(partition_by=target, order_by=row.id.desc())
    found = (
        select(row.id, rank.label("rank"))
        .where(
            tuple_(row.product, row.environment).in_(list(places)),
            row.state.in_(DEPLOYMENT_OPEN),
            row.version_id.in_(version_ids),
            row.origin == Origin.REPORTED,
        )
        .subquery()
    )
    statement = (
        select(row)
        .join(found, found.c.id == row.id)
        .where(found.c.rank <= OPEN_LOOK)
        .order_by(row.id.desc())
    )
    return (await tx.scalars(statement)).all()


async def ended_deployments(tx: Transaction, target: Target) -> Sequence[Deployment]:
    """Read the newest reported deployments of a version to an environment that have ended."""
    row = Deployment
    statement = (
        select(row)
        .where(
            row.version_id == target[0],
            row.environment == target[1],
            row.state.in_(ENDED),
            row.origin == Origin.REPORTED,
        )
        .order_by(row.id.desc())
        .limit(LATE_LOOK)
    )
    return (await tx.scalars(statement)).all()


async def running_in(
    tx: Transaction, places: Collection[Place]
) -> dict[Place, tuple[Version, datetime]]:
    """Read which version completed last in each of these places, and when, as tools say."""
    if not places:
        return {}
    row = Deployment
    last = (
        select(row.id)
        .where(
            row.product == Product.id,
            row.environment == Environment.id,
            row.state.in_(COMPLETED),
            row.deployed_at.is_not(None),
        )
        .order_by(row.deployed_at.desc(), row.id.desc())
        .limit(1)
        .correlate(Product, Environment)
        .scalar_subquery()
    )
    ids = (
        select(last)
        .select_from(Product)
        .join(Environment, tuple_(Product.id, Environment.id).in_(list(places)))
        .where(
            Product.id.in_({product for product, _ in places}),
            Environment.id.in_({environment for _, environment in places}),
        )
    )
    found = await tx.execute(
        select(row.product, row.environment, Version, row.deployed_at)
        .join(Version, Version.id == row.version_id)
        .where(row.id.in_(ids))
    )
    return {(product, name): (version, at) for product, name, version, at in found if at}


async def move_build(
    tx: Transaction, build: Build, target: TrackingStatus, moment: Moment, **columns: Any
) -> None:
    """Move a build by compare-and-set, and set `columns` beside; the row handed in follows.

    Raises IllegalTransitionError when it cannot go there, or another was faster.
    """
    advance(BUILD, build.status, target)
    values = {
        "status": target,
        "status_reason": moment.reason,
        "updated_at": moment.at,
        **columns,
    }
    table = table_of(Build)
    result = await tx.execute(
        update(table).where(table.c.id == build.id, table.c.status == build.status).values(values)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    if result.rowcount != 1:
        raise IllegalTransitionError("the build moved on meanwhile")
    if build.status is not target:
        tx.info.setdefault(NEW_TRANSITIONS, []).append(
            {
                "subject_kind": "build",
                "subject_id": build.id,
                "from_state": build.status,
                "to_state": target,
                "actor": moment.actor,
                "reason": moment.reason,
                "at": moment.at,
            }
        )
    for name, value in values.items():
        set_committed_value(build, name, value)


async def overdue_builds(tx: Transaction, now: datetime, limit: int) -> Sequence[str]:
    """Return ids of builds that should have ended by now, the longest overdue first."""
    statement = (
        select(Build.id)
        .where(Build.expires_at <= now, Build.status.in_(BUILD_OPEN))
        .order_by(Build.expires_at)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()


async def overdue_deployments(tx: Transaction, now: datetime, limit: int) -> Sequence[str]:
    """Return ids of reported deployments that should have ended by now; see overdue_builds."""
    row = Deployment
    statement = (
        select(row.id)
        .where(
            row.expires_at <= now,
            row.state.in_(DEPLOYMENT_OPEN),
            row.origin == Origin.REPORTED,
        )
        .order_by(row.expires_at)
        .limit(limit)
    )
    return (await tx.scalars(statement)).all()
