"""Rollbacks, by hand and by themselves; cancels; and what neither may ever do."""

import asyncio

import pytest

from deltaci.deployments.cancel import cancel_deployment
from deltaci.deployments.refusals import (
    NothingToGoBackToError,
    NotOfGroupError,
    PinnedError,
    RollbackOfRollbackError,
)
from deltaci.deployments.release_pin import release_pin
from deltaci.deployments.settle import settle
from deltaci.engines.port import EngineState
from deltaci.errors import InvalidStateError, NotFoundError
from deltaci.states import DeploymentState
from deltaci.store.tables import DeploymentLock, DeploymentMoment, EnvironmentPin, Transition
from deltaci.testing.deployment_bench import ADMIN, OTHER_OWNER, OWNER, DeploymentBench
from deltaci.wire.deployment_orders import DeploymentEnding
from deltaci.wire.deployments import Change

SUCCEEDED, FAILED = DeploymentState.SUCCEEDED, DeploymentState.FAILED
ROLLED_BACK, CANCELED = DeploymentState.ROLLED_BACK, DeploymentState.CANCELED


async def rolled_back(bench: DeploymentBench) -> tuple[str, str, str]:
    """1.0.0, then 1.1.0, then back: the ids of all three."""
    first = await bench.deployed("1.0.0")
    second = await bench.deployed("1.1.0")
    rollback = (await bench.ask_to_roll_back(second)).deployment.id
    assert await bench.drive(rollback) is SUCCEEDED
    return first, second, rollback


async def test_a_rollback_restores_the_last_good_version(bench: DeploymentBench) -> None:
    _, second, rollback = await rolled_back(bench)

    ours = await bench.ours(rollback)
    assert (ours.row.version, ours.row.change) == ("1.0.0", Change.ROLLBACK)
    assert ours.intent.rollback_of == second
    assert await bench.state(second) is ROLLED_BACK
    assert (await bench.ours(second)).intent.rolled_back_by == rollback
    assert [order.version for order in bench.engine.orders] == ["1.0.0", "1.1.0", "1.0.0"]


async def test_the_same_version_again_is_nothing_to_go_back_to(bench: DeploymentBench) -> None:
    await bench.deployed("1.0.0")
    again = await bench.deployed("1.0.0")

    with pytest.raises(NothingToGoBackToError):
        await bench.ask_to_roll_back(again)


async def test_a_version_that_was_rolled_back_is_not_gone_back_to(bench: DeploymentBench) -> None:
    await rolled_back(bench)
    third = await bench.deployed("2.0.0")
    rollback = (await bench.ask_to_roll_back(third)).deployment

    assert rollback.version == "1.0.0"


async def test_a_rollback_is_not_rolled_back(bench: DeploymentBench) -> None:
    _, _, rollback = await rolled_back(bench)

    with pytest.raises(RollbackOfRollbackError):
        await bench.ask_to_roll_back(rollback)


async def test_a_repeated_rollback_is_one(bench: DeploymentBench) -> None:
    await bench.deployed("1.0.0")
    second = await bench.deployed("1.1.0")

    one = await bench.ask_to_roll_back(second, key="k")
    other = await bench.ask_to_roll_back(second, key="k")

    assert (one.deployment.id, other.replayed) == (other.deployment.id, True)


async def test_an_unknown_deployment_is_not_rolled_back(bench: DeploymentBench) -> None:
    with pytest.raises(NotFoundError):
        await bench.ask_to_roll_back("nothing")


async def test_no_promotion_undoes_a_rollback(bench: DeploymentBench) -> None:
    """Elsewhere an automatic promotion brought the bad version back at once."""
    await bench.deployed("1.0.0", "dev")
    await bench.deployed("1.1.0", "dev")
    await bench.deployed("1.0.0", "staging")
    promoted = (await bench.ask_to_promote("1.1.0")).deployment.id
    assert await bench.drive(promoted) is SUCCEEDED
    rollback = (await bench.ask_to_roll_back(promoted)).deployment.id
    assert await bench.drive(rollback) is SUCCEEDED

    with pytest.raises(PinnedError):
        await bench.ask_to_promote("1.1.0")

    await release_pin(bench.core, OWNER, "shop", "staging", "1.1.0 is mended")
    again = (await bench.ask_to_promote("1.1.0")).deployment.id
    assert await bench.drive(again) is SUCCEEDED


async def test_a_promotion_that_waited_does_not_undo_a_rollback_either(
    bench: DeploymentBench,
) -> None:
    await bench.deployed("1.1.0", "dev")
    await bench.deployed("1.0.0", "staging")
    bad = await bench.deployed("2.0.0", "staging")
    await bench.guard(required_approvals=1)
    waiting = (await bench.ask_to_promote("1.1.0")).deployment.id
    rollback = (await bench.ask_to_roll_back(bad)).deployment.id
    assert await bench.drive(rollback) is SUCCEEDED
    await bench.guard(required_approvals=0)

    assert await bench.drive(waiting) is FAILED
    (failure,) = (await bench.ours(waiting)).intent.failures
    assert failure["detail"] == "ENVIRONMENT_PINNED"


async def test_whoever_deploys_by_hand_decides_what_runs_there(bench: DeploymentBench) -> None:
    await rolled_back(bench)
    assert len(await bench.rows.all(EnvironmentPin)) == 1

    await bench.deployed("2.0.0")

    assert await bench.rows.all(EnvironmentPin) == []


async def test_a_pin_is_released_by_its_owners_only(bench: DeploymentBench) -> None:
    await rolled_back(bench)

    with pytest.raises(NotOfGroupError):
        await release_pin(bench.core, OTHER_OWNER, "shop", "dev", "why not")
    with pytest.raises(NotFoundError):
        await release_pin(bench.core, ADMIN, "shop", "staging", "nothing is pinned")


async def test_a_failure_is_undone_by_itself_where_the_recipe_says_so(
    bench: DeploymentBench,
) -> None:
    await bench.recipe(rollback={"automatic": True})
    await bench.deployed("1.0.0")
    asked = (await bench.ask("1.1.0")).deployment.id
    bench.engine.endings[asked] = EngineState.FAILED

    assert await bench.drive(asked) is FAILED

    (rollback,) = [
        row for row in await bench.rows.all(DeploymentLock) if row.deployment_id != asked
    ]
    ours = await bench.ours(rollback.deployment_id)
    assert (ours.row.version, ours.intent.rollback_of) == ("1.0.0", asked)
    assert await bench.drive(ours.row.id) is SUCCEEDED
    assert await bench.state(asked) is ROLLED_BACK
    moments = await bench.rows.all(DeploymentMoment, DeploymentMoment.deployment_id == asked)
    assert [moment.key for moment in moments][-2:] == ["rollback_started", "rollback_succeeded"]


async def test_settling_twice_rolls_back_once(bench: DeploymentBench) -> None:
    await bench.recipe(rollback={"automatic": True})
    await bench.deployed("1.0.0")
    asked = (await bench.ask("1.1.0")).deployment.id
    ending = DeploymentEnding(deployment_id=asked, wanted=FAILED)

    await asyncio.gather(*(settle(bench.core, ending) for _ in range(4)))

    assert len(await bench.rows.all(DeploymentLock)) == 1


async def test_where_there_is_nothing_to_go_back_to_the_timeline_says_so(
    bench: DeploymentBench,
) -> None:
    await bench.recipe(rollback={"automatic": True})
    bench.engine.state = EngineState.FAILED
    asked = await bench.deployed("1.0.0")

    moments = await bench.rows.all(DeploymentMoment, DeploymentMoment.deployment_id == asked)
    assert moments[-1].key == "rollback_not_possible"
    assert await bench.rows.all(DeploymentLock) == []


async def test_a_rollback_that_fails_does_not_roll_back(bench: DeploymentBench) -> None:
    await bench.recipe(rollback={"automatic": True})
    await bench.deployed("1.0.0")
    second = await bench.deployed("1.1.0")
    rollback = (await bench.ask_to_roll_back(second)).deployment.id
    bench.engine.endings[rollback] = EngineState.FAILED

    assert await bench.drive(rollback) is FAILED

    assert await bench.state(second) is SUCCEEDED
    assert await bench.rows.all(DeploymentLock) == []


async def test_a_waiting_deployment_is_canceled_at_once(bench: DeploymentBench) -> None:
    await bench.guard(required_approvals=1)
    asked = (await bench.ask("1.0.0")).deployment.id

    view = await cancel_deployment(bench.core, OWNER, asked)
    again = await cancel_deployment(bench.core, OWNER, asked)

    assert (view.state, again.state) == (CANCELED, CANCELED)
    assert await bench.drive(asked) is CANCELED
    assert bench.engine.orders == []


async def test_a_running_deployment_is_canceled_once_its_engine_has_stopped(
    bench: DeploymentBench,
) -> None:
    bench.engine.state = EngineState.RUNNING
    asked = (await bench.ask("1.0.0")).deployment.id
    await bench.drive(asked)

    view = await cancel_deployment(bench.core, OWNER, asked)
    assert view.state is DeploymentState.IN_PROGRESS
    bench.engine.endings[asked] = EngineState.CANCELED
    await bench.end(asked, CANCELED)

    assert (await bench.ours(asked)).row.state_reason == "canceled by olga"
    assert await bench.rows.all(DeploymentLock) == []


async def test_what_has_ended_is_not_canceled(bench: DeploymentBench) -> None:
    asked = await bench.deployed("1.0.0")

    with pytest.raises(InvalidStateError):
        await cancel_deployment(bench.core, ADMIN, asked)


async def test_a_late_message_moves_nothing_that_has_ended(bench: DeploymentBench) -> None:
    """Elsewhere a redelivered message moved a finished deployment back to running."""
    asked = await bench.deployed("1.0.0")
    changes = len(await bench.rows.all(Transition))

    assert await bench.drive(asked) is CANCELED or await bench.state(asked) is SUCCEEDED
    for wanted in (FAILED, CANCELED, SUCCEEDED):
        assert (await bench.end(asked, wanted)).state is SUCCEEDED

    assert len(await bench.rows.all(Transition)) == changes
    assert [order.version for order in bench.engine.orders] == ["1.0.0"]


async def test_a_lock_whose_deployment_has_ended_is_taken_over(bench: DeploymentBench) -> None:
    first = (await bench.ask("1.0.0")).deployment.id
    async with bench.core.database.write() as tx:
        lock = await tx.get_one(DeploymentLock, ("shop", "dev"))
        left = {"product": lock.product, "environment": lock.environment}
        acquired = lock.acquired_at
    await bench.drive(first)
    async with bench.core.database.write() as tx:
        tx.add(DeploymentLock(deployment_id=first, acquired_at=acquired, **left))

    second = (await bench.ask("1.1.0")).deployment.id

    (lock,) = await bench.rows.all(DeploymentLock)
    assert lock.deployment_id == second
