"""End what tools reported as begun and never as ended (spec §6). Any number of processes may."""

from datetime import timedelta

import structlog

from deltaci.core import Core
from deltaci.states import (
    DEPLOYMENT_OPEN,
    DeploymentState,
    IllegalTransitionError,
    TrackingStatus,
)
from deltaci.store.announcements import announce
from deltaci.store.database import Transaction
from deltaci.store.tables import Build, Deployment
from deltaci.store.tracking import (
    BUILD_OPEN,
    move_build,
    overdue_builds,
    overdue_deployments,
)
from deltaci.store.transitions import Moment, move_deployment
from deltaci.tracking.news import build_news, deployment_news

BATCH = 200
ACTOR = "expiry"

log = structlog.get_logger(__name__)


async def expire_open(core: Core) -> int:
    """Deal with up to a batch of each kind, each in a transaction of its own; returns how many.

    Whatever another process dealt with in between, or a tool told the end of, is passed over.
    """
    async with core.database.read() as tx:
        builds = await overdue_builds(tx, core.clock(), BATCH)
        deployments = await overdue_deployments(tx, core.clock(), BATCH)
    dealt_with = [await _safely(core, Build, each) for each in builds]
    dealt_with += [await _safely(core, Deployment, each) for each in deployments]
    return sum(dealt_with)


async def _safely(core: Core, kind: type[Build] | type[Deployment], row_id: str) -> bool:
    try:
        async with core.database.write() as tx:
            row: Build | Deployment | None = await tx.get(kind, row_id, with_for_update=True)
            if row is None or row.expires_at is None or row.expires_at > core.clock():
                return False
            return await _end(tx, core, row)
    except IllegalTransitionError:
        return False
    except Exception:
        log.exception("open_not_expired", kind=kind.__tablename__, id=row_id)
        return False


async def _end(tx: Transaction, core: Core, row: Build | Deployment) -> bool:
    settings, now = core.settings.tracking, core.clock()
    why = f"nobody told its end within {timedelta(hours=settings.open_max_hours)}"
    if settings.open_at_end == "flag":
        return _flag(row, why)
    moment = Moment(ACTOR, now, why)
    if isinstance(row, Build):
        if row.status not in BUILD_OPEN:
            return False
        ended = {"completed_at": now, "expires_at": None}
        await move_build(tx, row, TrackingStatus.ABORTED, moment, **ended)
        announce(tx, build_news(row), now)
        return True
    if row.state not in DEPLOYMENT_OPEN:
        return False
    await move_deployment(
        tx, row, DeploymentState.CANCELED, moment, deployed_at=now, expires_at=None
    )
    announce(tx, deployment_news(row), now)
    return True


def _flag(row: Build | Deployment, why: str) -> bool:
    """Say so, and leave it open: an event may still tell the end."""
    row.expires_at = None
    if isinstance(row, Build):
        row.status_reason = why
    else:
        row.state_reason = why
    return True
