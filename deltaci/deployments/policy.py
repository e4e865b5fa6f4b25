"""The guardrails that counted when something was asked, and how much of them was used."""

from typing import Any

from deltaci.core import Core
from deltaci.deployments.gather import Gathered
from deltaci.governance.limits import limits_in
from deltaci.store.database import Transaction
from deltaci.wire.deployment_views import PolicyView


def policy_of(gathered: Gathered) -> dict[str, Any]:
    """Return what a deployment's record keeps of the policy (spec §3.1: counts before it)."""
    guardrails = gathered.placement.guardrails.model_dump(mode="json")
    group = gathered.placement.group
    return {
        **guardrails,
        **_counts(gathered),
        "group_revision": group.revision if group else 0,
        "owners": sorted(gathered.facts.group.owners) if gathered.facts.group else [],
    }


async def policy_view(tx: Transaction, core: Core, gathered: Gathered) -> PolicyView:
    """Show the policy that counts (spec §3.2)."""
    guardrails = gathered.placement.guardrails
    limits = await limits_in(tx, core)
    return PolicyView(
        max_concurrent_deployments=guardrails.max_concurrent_deployments,
        daily_deploy_quota=guardrails.daily_deploy_quota,
        daily_quota_build_register=limits.daily_quota_build_register,
        **_counts(gathered),
    )


def _counts(gathered: Gathered) -> dict[str, int]:
    quota = gathered.facts.quota
    used = quota.used if quota else 0
    limit = gathered.placement.guardrails.daily_deploy_quota
    return {
        "current_concurrent_deployments": gathered.facts.traffic.active,
        "deployments_used": used,
        "deployments_remaining": max(0, limit - used),
    }
