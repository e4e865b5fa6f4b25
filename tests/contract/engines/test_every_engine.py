"""What every engine promises (`deltaci/engines/port.py`)."""

import asyncio
import inspect

import pytest

from deltaci.engines.port import (
    EngineRefusedError,
    EngineState,
    EngineUnavailableError,
    FailureCategory,
)
from deltaci.testing.engine_bench import EngineBench

RUNNING, SUCCEEDED, FAILED = EngineState.RUNNING, EngineState.SUCCEEDED, EngineState.FAILED


async def test_a_deployment_runs_until_it_has_ended(bench: EngineBench) -> None:
    execution = await bench.engine.start(bench.order)
    assert (await bench.engine.poll(bench.order, execution)).state is RUNNING
    bench.end(SUCCEEDED, "")
    progress = await bench.engine.poll(bench.order, execution)
    assert (progress.state, progress.failure) == (SUCCEEDED, None)


async def test_an_equal_order_begins_nothing_new(bench: EngineBench) -> None:
    first = await bench.engine.start(bench.order)
    second = await bench.engine.start(bench.order)
    assert bench.effects() == 1
    bench.end(SUCCEEDED, "")
    for execution in (first, second):
        assert (await bench.engine.poll(bench.order, execution)).state is SUCCEEDED


async def test_equal_orders_at_once_begin_one_deployment(outside: EngineBench) -> None:
    found = await asyncio.gather(*(outside.engine.start(outside.order) for _ in range(5)))
    assert len(set(found)) == 1
    assert outside.effects() == 1


async def test_a_failure_has_a_category_and_words_for_people(bench: EngineBench) -> None:
    execution = await bench.engine.start(bench.order)
    bench.end(FAILED, "the checksum of the artifact differs")
    progress = await bench.engine.poll(bench.order, execution)
    assert progress.state is FAILED
    assert progress.failure is not None
    assert progress.failure.summary
    assert progress.failure.observed_at == bench.clock()


async def test_the_words_of_a_failure_decide_its_category(outside: EngineBench) -> None:
    execution = await outside.engine.start(outside.order)
    outside.end(FAILED, "the checksum of the artifact differs")
    failure = (await outside.engine.poll(outside.order, execution)).failure
    assert failure is not None
    assert failure.category is FailureCategory.ARTIFACT
    assert failure.detail == "the checksum of the artifact differs"


async def test_what_is_said_of_a_failure_holds_no_secret_and_no_address(
    outside: EngineBench,
) -> None:
    execution = await outside.engine.start(outside.order)
    outside.end(FAILED, f"sent {outside.hidden} to https://10.1.2.3/x")
    failure = (await outside.engine.poll(outside.order, execution)).failure
    assert failure is not None
    assert failure.detail == "sent *** to [address]"


async def test_a_cancel_may_be_repeated_and_come_late(bench: EngineBench) -> None:
    execution = await bench.engine.start(bench.order)
    await bench.engine.cancel(bench.order, execution)
    await bench.engine.cancel(bench.order, execution)
    expected = EngineState.CANCELED if bench.can_stop else RUNNING
    assert (await bench.engine.poll(bench.order, execution)).state is expected


async def test_a_cancel_after_the_end_changes_nothing(bench: EngineBench) -> None:
    execution = await bench.engine.start(bench.order)
    bench.end(SUCCEEDED, "")
    await bench.engine.cancel(bench.order, execution)
    assert (await bench.engine.poll(bench.order, execution)).state is SUCCEEDED


async def test_what_is_away_is_unavailable_and_not_failed(outside: EngineBench) -> None:
    execution = await outside.engine.start(outside.order)
    assert outside.go_down is not None
    await outside.go_down()
    for ask in (
        lambda: outside.engine.start(outside.order),
        lambda: outside.engine.poll(outside.order, execution),
        lambda: outside.engine.cancel(outside.order, execution),
    ):
        with pytest.raises(EngineUnavailableError):
            await ask()


async def test_a_refused_order_says_why_in_the_contracts_terms(outside: EngineBench) -> None:
    assert outside.refuse is not None
    outside.refuse("the artifact is not there")
    with pytest.raises(EngineRefusedError) as refused:
        await outside.engine.start(outside.order)
    assert refused.value.failure.category in {FailureCategory.ARTIFACT, FailureCategory.CONFIG}
    assert refused.value.failure.detail == "the artifact is not there"
    assert outside.effects() == 0


async def test_a_recipe_is_checked_before_it_is_used(bench: EngineBench) -> None:
    assert bench.engine.check(bench.order.spec) == []
    for spec in bench.faulty_specs:
        faults = bench.engine.check(spec)
        assert faults, spec
        assert all(fault.startswith("engine") for fault in faults)


def test_every_engine_has_the_ports_calls(bench: EngineBench) -> None:
    for name in ("start", "poll", "cancel"):
        assert inspect.iscoroutinefunction(getattr(bench.engine, name))
    assert bench.engine.engine_type
