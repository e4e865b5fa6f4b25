"""Short idempotent steps: near first, far when near does not work.

Near means inside the workflow task (a local activity): no trip through the server, which is what
makes a run start within milliseconds. Far means an activity of its own, which waits out an outage.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

with workflow.unsafe.imports_passed_through():
    from workflows import policies

Room = TypeVar("Room")
Order = TypeVar("Order")
Answer = TypeVar("Answer")


async def step(method: Callable[[Room, Order], Awaitable[Answer]], order: Order) -> Answer:
    """Carry out a step that must happen; returns once it has."""
    try:
        return await workflow.execute_local_activity_method(
            method,
            order,
            start_to_close_timeout=policies.STEP_TIMEOUT,
            retry_policy=policies.STEP_NEAR_RETRY,
        )
    except FailureError:  # a local activity's own failure comes bare, not as ActivityError
        return await workflow.execute_activity_method(
            method,
            order,
            start_to_close_timeout=policies.STEP_TIMEOUT,
            retry_policy=policies.STEP_FAR_RETRY,
        )


async def far_step(method: Callable[[Room, Order], Awaitable[Any]], order: Order) -> None:
    """Try a step that nothing depends on; its failure is only logged."""
    try:
        await workflow.execute_activity_method(
            method,
            order,
            start_to_close_timeout=policies.EXPLAIN_TIMEOUT,
            retry_policy=policies.EXPLAIN_RETRY,
        )
    except ActivityError as error:
        workflow.logger.warning("advisory step failed: %s", error.cause)
