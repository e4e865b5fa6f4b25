"""The life of a notification: wait for its turn, tell the channel, and give up after a while.

The row says what became of it. So this workflow may be started too often, or be lost: the effect
that starts it is swept until it is delivered, and a notification that has ended is not told again.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.delivering import DeliveryActivities
    from deltaci.wire.orchestration import (
        DeliveryFailure,
        DeliveryOrder,
        DeliveryStanding,
        NotificationRef,
    )
    from workflows import policies
    from workflows.steps import step


STOPPED = "an operator stopped it in Temporal"


@workflow.defn(name="Delivery")
class DeliveryWorkflow:
    """One notification, until its channel knows or is given up."""

    @workflow.init
    def __init__(self, order: DeliveryOrder) -> None:
        self._ref = NotificationRef(notification_id=order.notification_id)
        self._order = order
        self._nudged = False

    @workflow.run
    async def run(self, _order: DeliveryOrder) -> DeliveryStanding:
        """Tell it once nothing earlier is left; what does not end in time is put aside."""
        try:
            await self._wait_for_turn()
            return await self._deliver()
        except (ActivityError, asyncio.CancelledError) as error:
            stopped = is_cancelled_exception(error)
            reason = STOPPED if stopped else _reason(error)
        failure = DeliveryFailure(notification_id=self._ref.notification_id, reason=reason)
        return await step(DeliveryActivities.give_up_notification, failure)

    @workflow.signal(description="Something earlier of the same subject has ended.")
    def look_again(self) -> None:
        """Look at once whether it is this notification's turn."""
        self._nudged = True

    async def _wait_for_turn(self) -> None:
        """Wait for what comes first, but no longer than that itself may take.

        Out of order is better than never.
        """
        over = workflow.now() + timedelta(seconds=self._order.give_up_seconds)
        patience = policies.TURN_RECHECK
        while not await step(DeliveryActivities.may_deliver, self._ref):
            left = over - workflow.now()
            if left <= timedelta():
                return
            await self._until(min(patience, left))
            patience = min(2 * patience, policies.TURN_RECHECK_MAX)

    async def _until(self, patience: timedelta) -> None:
        """Wait for a nudge, or until the time is up."""
        try:
            await workflow.wait_condition(lambda: self._nudged, timeout=patience)
        except TimeoutError:
            return
        finally:
            self._nudged = False

    async def _deliver(self) -> DeliveryStanding:
        return await workflow.execute_activity_method(
            DeliveryActivities.deliver_notification,
            self._ref,
            task_queue=policies.delivery_queue(workflow.info().task_queue),
            start_to_close_timeout=timedelta(seconds=self._order.try_seconds)
            + policies.DELIVERY_SLACK,
            schedule_to_close_timeout=timedelta(seconds=self._order.give_up_seconds),
            retry_policy=policies.DELIVERY_RETRY,
            summary="tell the channel",
        )


def _reason(error: BaseException) -> str:
    """Return what the last try failed of, rather than that no further one fits into the time."""
    while not isinstance(error, ApplicationError) and isinstance(error.__cause__, FailureError):
        error = error.__cause__
    return error.message if isinstance(error, FailureError) else str(error)
