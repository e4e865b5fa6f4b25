"""How deployments went lately: how many failed of what, and were rolled back."""

from collections import Counter
from datetime import timedelta

from deltaci.core import Core
from deltaci.store.deployment_history import asked_between
from deltaci.wire.deployment_views import Counted, Insights
from deltaci.wire.deployments import DeploymentKind

DAYS_DEFAULT, DAYS_MAX = 7, 30
ROWS_MAX = 50_000
"""Beyond, the newest are counted."""


async def failure_insights(core: Core, days: int, group_id: str, service: str) -> Insights:
    """Count what was asked for in the last days (spec §3.7)."""
    until = core.clock()
    since = until - timedelta(days=days)
    async with core.database.read() as tx:
        found = await asked_between(tx, since, until, group_id, service, ROWS_MAX)
    rollbacks = sum(intent.kind is DeploymentKind.ROLLBACK for _, intent in found)
    forward = len(found) - rollbacks
    failures = Counter(
        failure["category"] for _, intent in found for failure in intent.failures[:1]
    )
    return Insights(
        windowDays=days,
        windowStart=since,
        windowEnd=until,
        totalDeployments=forward,
        totalRollbacks=rollbacks,
        rollbackRate=round(rollbacks / forward, 4) if forward else 0.0,
        failuresByCategory=_counted(failures),
        deploymentsByRecipe=_counted(Counter(intent.recipe_id for _, intent in found)),
        deploymentsByGroup=_counted(Counter(intent.group_id for _, intent in found)),
    )


def _counted(counter: Counter[str]) -> list[Counted]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return [Counted(key=key, count=count) for key, count in ordered]
