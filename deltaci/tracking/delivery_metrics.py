"""How often, how fast and how well versions reach production: the four keys of DORA."""

from datetime import datetime, timedelta

from deltaci.core import Core
from deltaci.states import DeploymentState
from deltaci.store.tracking import COMPLETED
from deltaci.store.tracking_reads import (
    EndedFilter,
    EndedRow,
    all_environments,
    ended_within,
    first_built,
)
from deltaci.tracking.dora import Ended, four_keys
from deltaci.wire.catalog import EnvironmentType
from deltaci.wire.tracking_views import DoraMetrics

LOOKED_AT_MAX = 20_000


async def read_dora(core: Core, product: str, environment: str, days: int) -> DoraMetrics:
    """Compute the keys of the last days, of one product and environment or of all in production."""
    until = core.clock()
    wanted = EndedFilter(product, environment, until - timedelta(days=days), until)
    async with core.database.read() as tx:
        places = (
            [environment]
            if environment
            else [
                row.id
                for row in await all_environments(tx)
                if row.type is EnvironmentType.PRODUCTION
            ]
        )
        rows = await ended_within(tx, wanted, places, LOOKED_AT_MAX + 1)
        built = await first_built(tx, {row.version_id for row in rows})
    ended = [
        _ended(row, built.get(row.version_id, row.version_seen_at))
        for row in rows[:LOOKED_AT_MAX]
        if row.state is not DeploymentState.CANCELED
    ]
    keys = four_keys(ended, wanted.since, wanted.until)
    return DoraMetrics(
        product=product or None,
        environment=environment or None,
        since=wanted.since,
        until=wanted.until,
        deployments=keys.deployments,
        failures=keys.failures,
        deployments_per_day=keys.deployments_per_day,
        lead_time_hours=keys.lead_time_hours,
        change_failure_rate=keys.change_failure_rate,
        time_to_restore_hours=keys.time_to_restore_hours,
        truncated=len(rows) > LOOKED_AT_MAX,
    )


def _ended(row: EndedRow, built_at: datetime) -> Ended:
    return Ended(
        place=(row.product, row.environment),
        at=row.deployed_at,
        completed=row.state in COMPLETED,
        change=row.change,
        changed_at=min(row.version_seen_at, built_at),
        undone=row.state is DeploymentState.ROLLED_BACK,
    )
