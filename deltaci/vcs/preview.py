"""Planning a local checkout, without a server: what `delta-ci plan preview` shows."""

import asyncio
from pathlib import Path

from deltaci.planner.model import Plan, PlanRequest
from deltaci.planner.plan import plan
from deltaci.vcs.git_repository import Repository

TIMEOUT_SECONDS = 120


async def preview(checkout: Path, base: str, head: str) -> Plan:
    """Return the plan that a push from `base` to `head` would get, read from committed objects.

    Both are branches, tags, full ids, `HEAD`, or one of these with `~N` behind it. Uncommitted
    changes are not seen. Raises GitError and PlanError.
    """
    repository = Repository(checkout, timeout_seconds=TIMEOUT_SECONDS)
    before, after = await asyncio.gather(
        repository.resolve_local(base), repository.resolve_local(head)
    )
    tree, diff = await asyncio.gather(repository.tree(after), repository.diff(before, after))
    request = PlanRequest(checkout.name, after, tree, diff)
    return await asyncio.to_thread(plan, request)
