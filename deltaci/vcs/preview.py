"""Planning a local checkout, without a server: what `delta-ci plan preview` shows."""

import asyncio
from pathlib import Path

from deltaci.planner.model import Plan, PlanRequest
from deltaci.planner.plan import plan
from deltaci.vcs.git_repository import Repository

TIMEOUT_SECONDS = 120


async def preview(checkout: Path, base: str, head: str) -> Plan:
    """Return the plan that a push from `base` to `head` would get, read from committed objects.

    Both are revisions as git understands them. Uncommitted changes are not seen. Raises GitError
    and PlanError.
    """
    repository = Repository(checkout, timeout_seconds=TIMEOUT_SECONDS)
    before, after = await asyncio.gather(
        repository.resolve_revision(base), repository.resolve_revision(head)
    )
    tree, diff = await asyncio.gather(repository.tree(after), repository.diff(before, after))
    request = PlanRequest(checkout.name, after, tree, diff)
    return await asyncio.to_thread(plan, request)
