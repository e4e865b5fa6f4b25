"""Let the planner think apart from the event loop: it reads files and may take seconds."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from deltaci.planner.model import Plan, PlanRequest
from deltaci.planner.plan import plan

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="planning")
"""Planning is computation: more at once would only make each slower."""


async def think(request: PlanRequest) -> Plan:
    """Return the plan. Raises PlanError, and what the request's tree raises.

    Cancelling stops the waiting; a plan that is being made is then finished for nobody.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, plan, request)
