"""A registered version goes in once, whatever is repeated; everything that follows is written."""

import asyncio

import pytest

from deltaci.deployments.refusals import BusyError, KeyReusedError, QuotaUsedUpError
from deltaci.errors import KeyRequiredError, MutationsDisabledError
from deltaci.governance.change import Author
from deltaci.governance.mutations import switch_mutations
from deltaci.states import DeploymentState
from deltaci.store.tables import (
    Announcement,
    Decision,
    Deployment,
    DeploymentLock,
    DeploymentMoment,
    Effect,
    UsageCounter,
)
from deltaci.testing.deployment_bench import ADMIN, OWNER, DeploymentBench
from deltaci.wire.governance import SwitchMutations


async def test_a_deployment_begins_at_once_and_has_its_lock(bench: DeploymentBench) -> None:
    asked = await bench.ask("1.0.0", by=OWNER)

    assert asked.deployment.state is DeploymentState.IN_PROGRESS
    assert asked.deployment.deploymentKind == "ROLL_FORWARD"
    (lock,) = await bench.rows.all(DeploymentLock)
    assert lock.deployment_id == asked.deployment.id
    (effect,) = await bench.rows.all(Effect)
    assert effect.payload == {"deployment_id": asked.deployment.id}


async def test_what_happened_is_on_record(bench: DeploymentBench) -> None:
    await bench.deployed("1.0.0")

    assert [row.key for row in await bench.rows.all(DeploymentMoment)] == [
        "submitted",
        "validated",
        "in_progress",
        "succeeded",
    ]
    assert [row.event_type for row in await bench.rows.all(Announcement)] == [
        "deployment.started",
        "deployment.completed",
    ]
    (decision,) = await bench.rows.all(Decision)
    assert decision.verdict["admitted"]
    assert decision.policy["max_concurrent_deployments"] == 1


async def test_a_repetition_gets_the_first_answer_and_costs_nothing(
    bench: DeploymentBench,
) -> None:
    await bench.guard(daily_deploy_quota=1)
    first = await bench.ask("1.0.0", key="k")
    again = await bench.ask("1.0.0", key="k")

    assert (first.replayed, again.replayed) == (False, True)
    assert again.deployment.id == first.deployment.id
    assert len(await bench.rows.all(Deployment)) == 1


async def test_a_repetition_is_answered_while_changes_are_switched_off(
    bench: DeploymentBench,
) -> None:
    first = await bench.ask("1.0.0", key="k")
    author = Author(ADMIN, "req_1")
    await switch_mutations(bench.core, author, SwitchMutations(mutations_disabled=True))

    assert (await bench.ask("1.0.0", key="k")).deployment.id == first.deployment.id
    with pytest.raises(MutationsDisabledError):
        await bench.ask("1.0.0", key="other")


async def test_a_repetition_shows_what_its_caller_may_see(bench: DeploymentBench) -> None:
    asked = await bench.ask("1.0.0", by=OWNER, key="k")
    again = await bench.ask("1.0.0", by=OWNER, key="k")

    assert not hasattr(asked.deployment, "actorIdentity")
    assert not hasattr(again.deployment, "actorIdentity")
    assert hasattr((await bench.ask("1.1.0", "staging")).deployment, "actorIdentity")


async def test_a_key_means_one_thing(bench: DeploymentBench) -> None:
    await bench.ask("1.0.0", key="k")

    with pytest.raises(KeyReusedError):
        await bench.ask("1.1.0", key="k")
    with pytest.raises(KeyReusedError):
        await bench.ask_to_promote("1.0.0", key="k")


async def test_callers_do_not_share_keys(bench: DeploymentBench) -> None:
    one = await bench.ask("1.0.0", key="k")
    await bench.drive(one.deployment.id)
    other = await bench.ask("1.0.0", key="k", by=OWNER)

    assert other.deployment.id != one.deployment.id


async def test_a_key_is_required(bench: DeploymentBench) -> None:
    with pytest.raises(KeyRequiredError):
        await bench.ask("1.0.0", key="  ")


async def test_many_equal_calls_at_once_are_one_deployment(bench: DeploymentBench) -> None:
    asked = await asyncio.gather(*(bench.ask("1.0.0", key="k") for _ in range(8)))

    assert len({each.deployment.id for each in asked}) == 1
    assert len(await bench.rows.all(Deployment)) == 1


async def test_of_many_at_once_one_has_the_environment(bench: DeploymentBench) -> None:
    asked = await asyncio.gather(*(bench.ask("1.0.0") for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(each, BusyError) for each in asked) == 7
    assert len(await bench.rows.all(DeploymentLock)) == 1


async def test_no_two_pass_at_the_quota(bench: DeploymentBench) -> None:
    await bench.guard(daily_deploy_quota=3, max_concurrent_deployments=100, on_lock="queue")

    asked = await asyncio.gather(*(bench.ask("1.0.0") for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(each, QuotaUsedUpError) for each in asked) == 5
    (counter,) = await bench.rows.all(UsageCounter, UsageCounter.what == "deploy")
    assert counter.count == 3


async def test_a_refusal_uses_nothing_up(bench: DeploymentBench) -> None:
    await bench.ask("1.0.0")

    with pytest.raises(BusyError):
        await bench.ask("1.1.0")

    (counter,) = await bench.rows.all(UsageCounter, UsageCounter.what == "deploy")
    assert counter.count == 1
    refused = await bench.rows.all(Decision, Decision.deployment_id.is_(None))
    assert [row.verdict["refusals"][0]["code"] for row in refused] == ["CONCURRENCY_LIMIT_REACHED"]
