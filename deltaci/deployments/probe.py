"""Look once at what was deployed, as its recipe says."""

from deltaci.core import Core
from deltaci.deployments.ports import Prober
from deltaci.store.deployments import find_deployment
from deltaci.wire.deployment_orders import ProbeOutcome


async def probe_deployment(core: Core, prober: Prober, deployment_id: str) -> ProbeOutcome:
    """Return how one look went; a recipe without a probe is content."""
    async with core.database.read() as tx:
        ours = await find_deployment(tx, deployment_id)
    verification = (ours.intent.recipe.get("verification") or {}) if ours else {}
    probe = verification.get("probe")
    return await prober(probe) if probe else ProbeOutcome(ok=True)
